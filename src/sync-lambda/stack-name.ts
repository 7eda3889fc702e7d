import { createHash } from 'node:crypto';

/** The name of the stack of a move in an environment: what CloudFormation allows, and never that of another move. */
export function stackNameOf(environment: string, id: string): string {
  const name = `dynamigrate-${environment}-${id}`;
  const allowed = name.replace(/[^A-Za-z0-9-]+/g, '-');
  if (allowed === name && name.length <= 128) return name;
  const digest = createHash('sha256').update(`${environment}\n${id}`).digest('hex').slice(0, 8);
  return `${allowed.slice(0, 119).replace(/-+$/, '')}-${digest}`;
}

/** What `create` can begin a migration with. */
export const templateNames = [
  'rename',
  'add',
  'convert',
  'split',
  'map',
  'move',
  'rekey',
  'split-table',
  'index',
  'steps',
] as const;

export type TemplateName = (typeof templateNames)[number];

export function isTemplate(name: string): name is TemplateName {
  return (templateNames as readonly string[]).includes(name);
}

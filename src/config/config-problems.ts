import type { z } from 'zod';
import { configSchema } from './config-schema.js';
import { nearest } from './nearest.js';

/** Each issue as `path.of.key`, what is wrong with it and what was found. */
export function configProblems(issues: readonly z.core.$ZodIssue[], config: unknown): string[] {
  return issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(issue.path, key));
    if (issue.path.length === 0) return [`the default export must be an object, found ${kindOf(config)}`];
    return [`\`${issue.path.join('.')}\` ${reasonOf(issue)}${foundAt(config, issue)}`];
  });
}

function unknownKey(path: readonly PropertyKey[], key: string): string {
  const { knownKeys } = configSchema();
  const suggestion = nearest(key, path.length === 0 ? knownKeys.config : knownKeys.environment);
  return `\`${[...path, key].join('.')}\` is not an option${suggestion ? `, did you mean \`${suggestion}\`?` : ''}`;
}

function reasonOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'invalid_type') return issue.message;
  const article = /^[aeio]/.test(issue.expected) ? 'an' : 'a';
  return issue.input === undefined ? 'is missing' : `must be ${article} ${issue.expected}`;
}

function foundAt(config: unknown, issue: z.core.$ZodIssue): string {
  const value = issue.path.reduce<unknown>(
    (at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key],
    config,
  );
  if (value === undefined || issue.code === 'custom') return '';
  return typeof value === 'string' || typeof value === 'number' ? `, found \`${value}\`` : `, found ${kindOf(value)}`;
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return value instanceof Promise ? 'a promise' : `a value of type ${typeof value}`;
}

/** What was found where something else was expected, for an error message: `an array`, `"42"`, `undefined`. */
export function found(value: unknown): string {
  if (typeof value === 'string') return value === '' ? 'an empty string' : `\`${value}\``;
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return `\`${String(value)}\``;
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : 'an array';
  return typeof (value as { then?: unknown }).then === 'function' ? 'a promise' : 'an object';
}

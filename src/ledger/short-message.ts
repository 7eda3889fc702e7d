const MAX_CHARACTERS = 1_000;

/** A message that is short enough to store; errors of other people's code may carry whole items. */
export function shortMessage(message: string): string {
  if (message.length <= MAX_CHARACTERS) return message;
  const cut = message.slice(0, MAX_CHARACTERS - 1);
  // Half of a surrogate pair is not valid UTF-8.
  return `${/[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut}…`;
}

import { expect, it } from 'vitest';
import { shortMessage } from '../../src/ledger/short-message.js';

it('a short message never ends in half a character', () => {
  expect(shortMessage('short')).toBe('short');
  const short = shortMessage(`${'x'.repeat(998)}😀😀`);
  expect(short).toBe(`${'x'.repeat(998)}…`);
});

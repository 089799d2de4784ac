import { expect, test } from 'vitest';
import { isSid, newSid } from './sid.ts';

test('a new SID has its letters, 32 lower-case hexadecimal digits, and is new', () => {
  const sids = Array.from({ length: 100 }, () => newSid('CA'));
  expect(sids.every((sid) => /^CA[0-9a-f]{32}$/.test(sid) && isSid('CA', sid))).toBe(true);
  expect(new Set(sids).size).toBe(100);
});

test.each([
  ['', false],
  ['AC', false],
  [`AC${'0'.repeat(31)}`, false],
  [`AC${'0'.repeat(33)}`, false],
  [`CA${'0'.repeat(32)}`, false],
  [`AC${'g'.repeat(32)}`, false],
  [`AC${'aF09'.repeat(8)}`, true],
])('%j', (text, expected) => {
  expect(isSid('AC', text)).toBe(expected);
});

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parsePairs } from './form.ts';

const piece = fc.oneof(
  fc.constantFrom('&', '=', '+', '%41', '%C3%A9', '%EF%BB%BF', '%2B'),
  fc.string({ unit: 'grapheme', maxLength: 5 }).map((text) => text.replaceAll('%', '')),
);

it('pairs of a form are what URLSearchParams makes of it, where its escapes are good (else Node has bugs)', () => {
  const text = fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join(''));
  fc.assert(
    fc.property(text, (form) => {
      expect(parsePairs(form)).toEqual([...new URLSearchParams(`&${form}`)]);
    }),
  );
});

it.each([
  ['%F0+', '\uFFFD '],
  ['%F0%9F%98%80', '\u{1F600}'],
  ['%C3(', '\uFFFD('],
  ['%f0%9f', '\uFFFD'],
  ['%+%4', '% %4'],
  ['%zz', '%zz'],
])('%s is %j', (text, expected) => {
  expect(parsePairs(text)).toEqual([[expected, '']]);
});

it.each(['\u{1F600}', '%F0', '%F0%9F%98%80', '%', '%zz', '+', '&', '='])(
  '64 kB of %s take no time, alone or in parameters',
  (filler) => {
    const whole = filler.repeat((64 * 1024) / filler.length);
    const part = filler.repeat(64 / filler.length);
    for (const form of [whole, `${part}&`.repeat(1000)]) {
      parsePairs(form);
      const before = process.threadCpuUsage();
      parsePairs(form);
      const { user, system } = process.threadCpuUsage(before);
      expect((user + system) / 1000).toBeLessThan(50);
    }
  },
);

it('more than 1000 parameters are refused, however short', () => {
  expect(parsePairs('a&'.repeat(1000))).toHaveLength(1000);
  expect(parsePairs(`${'&'.repeat(5000)}a=1&&&&`)).toEqual([['a', '1']]);
  const refusal = expect.objectContaining({ status: 400, code: 20001 });
  expect(() => parsePairs('&%'.repeat(1001))).toThrow(refusal);
});

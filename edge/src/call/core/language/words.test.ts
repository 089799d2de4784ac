import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countWords, normalOf, plainOf, wordsOf } from './words.ts';

describe('words', () => {
  it.each([
    ['Hello, World!', ['hello', 'world']],
    ['mm-hm', ['mm', 'hm']],
    ['I’m sure, don`t', ["i'm", 'sure', "don't"]],
    ['RM1,250.50 at 3:30.', ['rm', '1,250.50', 'at', '3:30']],
    ['03-1234 5678', ['03', '1234', '5678']],
    ['我要book一个table', ['我', '要', 'book', '一', '个', 'table']],
    ['對嗎？', ['对', '吗']],
    ['ＯＫ１２', ['ok', '12']],
    ['«…»', []],
  ])('of %s', (text, words) => {
    expect(wordsOf(text)).toEqual(words);
  });

  it.each([
    ['Saya nak  book, 明天 下午!', 'saya nak book 明天下午'],
    ['你是AI吗', '你是 ai 吗'],
    ['', ''],
  ])('in one form: %s', (text, normal) => {
    expect(normalOf(text)).toBe(normal);
  });

  it.each([
    ['', 0],
    ['hello', 1],
    ["I'm not sure", 3],
    ['好', 1],
    ['好的', 1],
    ['我不知道', 2],
    ['我要book', 2],
    ['?!', 0],
  ])('of %s are counted', (text, count) => {
    expect(countWords(text)).toBe(count);
  });

  it('compare without marks', () => {
    expect(plainOf('I’m OK, 好的！ 3.5')).toBe('imok好的35');
  });

  it('are found in any text in time', () => {
    const parts = fc.constantFrom('a', "'", '1', ',', '.', '好', ' ', '對', 'é', '\u0301', '😀');
    fc.assert(
      fc.property(fc.string({ unit: parts, maxLength: 200 }), (text) => {
        expect(plainOf(wordsOf(text).join(' '))).toBe(
          plainOf(text).replaceAll(/[^\p{L}\p{M}\p{N}]/gu, ''),
        );
      }),
      { numRuns: 200 },
    );
  });
});

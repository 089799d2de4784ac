import fc from 'fast-check';
import { expect, test } from 'vitest';
import { takeSentences } from './synthesis.ts';

test.each([
  ['Hello. How are you? I am', ['Hello. ', 'How are you? '], 'I am'],
  ['Send it to ann.lee@example.com? ', ['Send it to ann.lee@example.com? '], ''],
  ['It is 3.5 or', [], 'It is 3.5 or'],
  ['你好。吃了吗？好', ['你好。', '吃了吗？'], '好'],
])('%j', (buffer, sentences, rest) => {
  expect(takeSentences(buffer)).toEqual({ sentences, rest });
});

test('sentences and the rest are the buffer again', () => {
  const pieces = fc.constantFrom('a', ' ', '.', '?', '。', '"', 'com', '\n');
  fc.assert(
    fc.property(
      fc.array(pieces).map((parts) => parts.join('')),
      (buffer) => {
        const { sentences, rest } = takeSentences(buffer);
        expect(sentences.join('') + rest).toBe(buffer);
      },
    ),
  );
});

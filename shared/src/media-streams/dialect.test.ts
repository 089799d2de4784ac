import { expect, test } from 'vitest';
import { DEFAULT_DIALECT, parseDialect } from './dialect.ts';

test.each([
  ['', {}],
  ['bothTracksChunk=per-track', { bothTracksChunk: 'per-track' }],
  [' closeCode = 1001 , slowReaderMs=100,', { closeCode: 1001, slowReaderMs: 100 }],
])('%j', (text, changed) => {
  expect(parseDialect(text)).toEqual({
    kind: 'dialect',
    dialect: { ...DEFAULT_DIALECT, ...changed },
  });
});

test.each([
  ['bothTracksChunk=each', 'shared or per-track'],
  ['closeCode=1', '1000 to 4999'],
  ['closeCode=', '1000 to 4999'],
  ['toString=1', 'names out of'],
  ['x', 'names out of'],
])('%j is refused: expected %s', (text, expected) => {
  const result = parseDialect(text);
  expect(result.kind === 'failure' && result.expected).toContain(expected);
});

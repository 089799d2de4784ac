import { describe, expect, it } from 'vitest';
import { codesInDocument, namesInSources, NO_CODES } from './error-codes.ts';

const names = namesInSources();
const documented = codesInDocument();

describe('docs/errors.md', () => {
  it('explains every code of the sources', () => {
    const missing = [...names].filter(
      ([name]) => !NO_CODES.has(name) && !documented.includes(name),
    );
    expect(Object.fromEntries(missing)).toEqual({});
  });

  it('explains no code that is gone', () => {
    expect(documented.filter((code) => !names.has(code))).toEqual([]);
    expect([...NO_CODES].filter((name) => !names.has(name))).toEqual([]);
  });

  it('explains a code once', () => {
    expect(documented.filter((code, index) => documented.indexOf(code) !== index)).toEqual([]);
  });
});

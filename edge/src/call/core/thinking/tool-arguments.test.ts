import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { argumentsOf, textOf } from './tool-arguments.ts';

describe('what a model wrote as arguments', () => {
  it.each([
    ['{"a":1}', { a: 1 }],
    [' {"a":{"b":[1]}} ', { a: { b: [1] } }],
    ['', {}],
    [' \n', {}],
    ['{}', {}],
    ['[]', undefined],
    ['[{"a":1}]', undefined],
    ['null', undefined],
    ['"a"', undefined],
    ['3', undefined],
    ['{"a":1', undefined],
    ["{'a':1}", undefined],
    ['{"a":1}{"a":1}', undefined],
  ])('%j is %j', (json, expected) => {
    expect(argumentsOf(json)).toEqual(expected);
  });

  it('is read back whatever object it was', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (object) => {
        const json = JSON.stringify(object);
        expect(argumentsOf(json)).toEqual(JSON.parse(json));
      }),
    );
  });

  it('is an object or nothing, whatever was written', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (json) => {
        const found = argumentsOf(json);
        expect(found === undefined || (typeof found === 'object' && !Array.isArray(found))).toBe(
          true,
        );
      }),
    );
  });
});

it.each([
  [' front desk ', 'front desk'],
  [200, '200'],
  [0, '0'],
  ['', ''],
  [true, ''],
  [null, ''],
  [undefined, ''],
  [['200'], ''],
  [{ text: '200' }, ''],
])('the text of %j is %j', (value, expected) => {
  expect(textOf(value)).toBe(expected);
});

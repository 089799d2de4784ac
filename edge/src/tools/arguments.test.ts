import type { Schema } from '@cfworker/json-schema';
import { expect, it } from 'vitest';
import { checkedArguments } from './arguments.ts';
import { ToolFailure } from './tool-failure.ts';

const SCHEMA: Schema = {
  type: 'object',
  properties: {
    day: { type: 'string', enum: ['mon', 'tue'] },
    people: { type: 'integer', minimum: 1 },
    who: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] },
  },
  required: ['day'],
  additionalProperties: false,
};

it('lets arguments through that fit', () => {
  const args = { day: 'mon', people: 2, who: { name: 'Siti' } };
  expect(checkedArguments(JSON.stringify(args), SCHEMA)).toEqual(args);
  expect(checkedArguments('', { type: 'object' })).toEqual({});
});

it.each([
  ['[]', 'not a JSON object'],
  ['{"day":', 'not a JSON object'],
  ['{}', 'day'],
  ['{"day":"wed"}', 'day'],
  ['{"day":"mon","people":0}', 'people'],
  ['{"day":"mon","who":{}}', 'name'],
  ['{"day":"mon","extra":1}', 'extra'],
])('says what is wrong with %s', (json, names) => {
  const check = (): unknown => checkedArguments(json, SCHEMA);
  expect(check).toThrow(ToolFailure);
  expect(check).toThrow(names);
});

/** Rules for the fields of a message that came as JSON: a path, a test, and what was expected in words. */

import { badField, type DecodeFailure } from './decode-failure.ts';

export type JsonObject = { readonly [key: string]: unknown };

export type FieldRule = readonly [
  path: string,
  isValid: (value: unknown) => boolean,
  expected: string,
];

/** The first rule that an object breaks; undefined where it keeps them all. */
export function brokenRule(
  object: JsonObject,
  rules: readonly FieldRule[],
): DecodeFailure | undefined {
  for (const [path, isValid, expected] of rules) {
    const value = path
      .split('.')
      .reduce<unknown>((inner, key) => (isObject(inner) ? inner[key] : undefined), object);
    if (!isValid(value)) return badField(path, expected);
  }
  return undefined;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const isString = (value: unknown): boolean => typeof value === 'string';

export const isDecimal = (value: unknown): boolean =>
  typeof value === 'string' && /^[0-9]{1,15}$/.test(value);

export const isStringMap = (value: unknown): boolean =>
  isObject(value) && Object.values(value).every(isString);

export function string(path: string): FieldRule {
  return [path, isString, 'a string'];
}

export function oneOf(path: string, values: readonly string[]): FieldRule {
  const isListed = (value: unknown): boolean => values.some((each) => each === value);
  return [path, isListed, values.join(' or ')];
}

/** A string of `min` to `max` characters. */
export function text(path: string, min: number, max: number): FieldRule {
  const isOfLength = (value: unknown): boolean =>
    typeof value === 'string' && value.length >= min && value.length <= max;
  return [path, isOfLength, `a string of ${min} to ${max} characters`];
}

export function optional([path, isValid, expected]: FieldRule): FieldRule {
  return [path, (value) => value === undefined || isValid(value), `absent or ${expected}`];
}

export const STREAM_SID = string('streamSid');
export const SEQUENCE_NUMBER: FieldRule = ['sequenceNumber', isDecimal, 'a string of digits'];

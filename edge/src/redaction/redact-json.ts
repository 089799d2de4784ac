/** Redaction of what is not plain text: values of JSON, and JSON in a text. */

import { redact } from './redact.ts';

/** The value with every text and number in it redacted. Names of fields stay. */
export function redactValue(value: unknown): unknown {
  if (typeof value === 'string') return redact(value);
  if (typeof value === 'number') {
    const text = String(value);
    const redacted = redact(text);
    return redacted === text ? value : redacted;
  }
  if (Array.isArray(value)) return value.map(redactValue);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, redactValue(each)]));
}

/** JSON stays JSON; what is none is redacted as text. */
export function redactJson(json: string): string {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return redact(json);
  }
  return typeof value === 'object' && value !== null
    ? JSON.stringify(redactValue(value))
    : redact(json);
}

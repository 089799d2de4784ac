/** What is wrong with a message: a value with a stable code, never an exception. The codes are in docs/errors.md. */

export type DecodeCode =
  /** A binary frame where text is due. Twilio's warning 31950. */
  | 'STREAM_BINARY'
  | 'STREAM_TOO_LARGE'
  /** Not JSON, or not a JSON object. This and all below: Twilio's warning 31951. */
  | 'STREAM_NOT_JSON'
  | 'STREAM_UNKNOWN_EVENT'
  | 'STREAM_BAD_FIELD'
  | 'STREAM_WRONG_SID'
  | 'STREAM_NOT_BASE64'
  /** Understood, but with a field that does not belong there. */
  | 'STREAM_EXTRA_FIELD';

export interface DecodeFailure {
  readonly kind: 'failure';
  readonly code: DecodeCode;
  /** Path of the field that breaks the rule, such as `media.payload`. */
  readonly field?: string;
  /** The rule that was broken, in words for the person who wrote the peer. Never holds audio. */
  readonly rule: string;
}

export function failure(code: DecodeCode, rule: string, field?: string): DecodeFailure {
  return field === undefined
    ? { kind: 'failure', code, rule }
    : { kind: 'failure', code, field, rule };
}

export function badField(field: string, expected: string): DecodeFailure {
  return failure('STREAM_BAD_FIELD', `${field} must be ${expected}`, field);
}

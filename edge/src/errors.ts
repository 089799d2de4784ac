/** Every error that the Worker answers over HTTP, in one shape: `{ error: { code, message, fields? } }`. */

import type { FieldProblem } from './agents/field-problem.ts';

export type HttpErrorCode =
  | 'NOT_FOUND'
  | 'EDGE_MISCONFIGURED'
  | 'SIGNATURE_MISSING'
  | 'SIGNATURE_WRONG'
  | 'TOKEN_MISSING'
  | 'TOKEN_WRONG'
  | 'API_DISABLED'
  | 'FORM_TOO_LARGE'
  | 'FORM_INVALID'
  | 'CALL_SID_INVALID'
  | 'CALL_NOT_FOUND'
  | 'RECORDING_NOT_FOUND'
  | 'RECORDINGS_MISSING'
  | 'RANGE_INVALID'
  | 'UPGRADE_REQUIRED'
  | 'METHOD_NOT_ALLOWED'
  | 'BODY_TOO_LARGE'
  | 'CONTENT_TYPE_WRONG'
  | 'JSON_INVALID'
  | 'QUERY_INVALID'
  | 'AGENT_INVALID'
  | 'AGENT_NOT_FOUND'
  | 'AGENT_VERSION_NOT_FOUND'
  | 'AGENT_EXISTS'
  | 'AGENT_CHANGED'
  | 'IF_MATCH_MISSING'
  | 'IF_MATCH_INVALID'
  | 'DATABASE_MISSING'
  | 'DATABASE_FAILED'
  | 'INTERNAL_ERROR';

const STATUS = {
  NOT_FOUND: 404,
  EDGE_MISCONFIGURED: 500,
  SIGNATURE_MISSING: 403,
  SIGNATURE_WRONG: 403,
  TOKEN_MISSING: 401,
  TOKEN_WRONG: 401,
  API_DISABLED: 503,
  FORM_TOO_LARGE: 413,
  FORM_INVALID: 400,
  CALL_SID_INVALID: 400,
  CALL_NOT_FOUND: 404,
  RECORDING_NOT_FOUND: 404,
  RECORDINGS_MISSING: 503,
  RANGE_INVALID: 416,
  UPGRADE_REQUIRED: 426,
  METHOD_NOT_ALLOWED: 405,
  BODY_TOO_LARGE: 413,
  CONTENT_TYPE_WRONG: 415,
  JSON_INVALID: 400,
  QUERY_INVALID: 400,
  AGENT_INVALID: 422,
  AGENT_NOT_FOUND: 404,
  AGENT_VERSION_NOT_FOUND: 404,
  AGENT_EXISTS: 409,
  AGENT_CHANGED: 412,
  IF_MATCH_MISSING: 428,
  IF_MATCH_INVALID: 400,
  DATABASE_MISSING: 503,
  DATABASE_FAILED: 503,
  INTERNAL_ERROR: 500,
} as const satisfies Record<HttpErrorCode, number>;

const HEADERS: Partial<Record<HttpErrorCode, Readonly<Record<string, string>>>> = {
  UPGRADE_REQUIRED: { Upgrade: 'websocket' },
  TOKEN_MISSING: { 'WWW-Authenticate': 'Bearer' },
  TOKEN_WRONG: { 'WWW-Authenticate': 'Bearer error="invalid_token"' },
};

export interface HttpErrorDetails {
  /** What is wrong with each field of what was sent. */
  readonly fields?: readonly FieldProblem[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** Thrown by a route; answered by `app.onError`. `message` is for the person at the other end and holds no secrets. */
export class HttpError extends Error {
  readonly code: HttpErrorCode;
  readonly #details: HttpErrorDetails;

  constructor(code: HttpErrorCode, message: string, details: HttpErrorDetails = {}) {
    super(message);
    this.name = 'HttpError';
    this.code = code;
    this.#details = details;
  }

  toResponse(): Response {
    const { code, message } = this;
    const { fields, headers } = this.#details;
    return Response.json(
      { error: { code, message, ...(fields === undefined ? {} : { fields }) } },
      { status: STATUS[code], headers: { ...HEADERS[code], ...headers } },
    );
  }
}

/** Every error that the Worker answers over HTTP, in one shape: `{ error: { code, message } }`. */

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
  | 'UPGRADE_REQUIRED'
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
  UPGRADE_REQUIRED: 426,
  INTERNAL_ERROR: 500,
} as const satisfies Record<HttpErrorCode, number>;

const HEADERS: Partial<Record<HttpErrorCode, Readonly<Record<string, string>>>> = {
  UPGRADE_REQUIRED: { Upgrade: 'websocket' },
  TOKEN_MISSING: { 'WWW-Authenticate': 'Bearer' },
  TOKEN_WRONG: { 'WWW-Authenticate': 'Bearer error="invalid_token"' },
};

/** Thrown by a route; answered by `app.onError`. `message` is for the person at the other end and holds no secrets. */
export class HttpError extends Error {
  readonly code: HttpErrorCode;

  constructor(code: HttpErrorCode, message: string) {
    super(message);
    this.name = 'HttpError';
    this.code = code;
  }

  toResponse(): Response {
    const { code, message } = this;
    return Response.json(
      { error: { code, message } },
      { status: STATUS[code], headers: HEADERS[code] ?? {} },
    );
  }
}

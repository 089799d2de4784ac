/** What goes wrong after a call, with a stable code; docs/errors.md explains each to the operator. */

export interface Failure {
  /** docs/errors.md. */
  readonly code: string;
  readonly message: string;
}

export type AfterwardsCode =
  | 'CALL_RECORDING_FAILED'
  | 'RECORDINGS_MISSING'
  | 'ANALYSIS_FAILED'
  | 'ANALYSIS_INVALID'
  | 'WEBHOOK_REFUSED'
  | 'WEBHOOK_FAILED'
  | 'TELEMETRY_REFUSED'
  | 'TELEMETRY_FAILED'
  | 'REMOVAL_FAILED';

export interface AfterwardsErrorOptions extends ErrorOptions {
  /** Not to be tried again before that. */
  readonly retryAfterMs?: number | undefined;
}

export class AfterwardsError extends Error {
  readonly code: AfterwardsCode;
  readonly retryAfterMs: number;

  /** `message` holds no secret and nothing that was said. */
  constructor(code: AfterwardsCode, message: string, options?: AfterwardsErrorOptions) {
    super(message, options);
    this.name = 'AfterwardsError';
    this.code = code;
    this.retryAfterMs = options?.retryAfterMs ?? 0;
  }
}

/** What is not ours becomes `code`, without its message, which may hold anything. */
export function failureOf(error: unknown, code: AfterwardsCode): Failure {
  if (error instanceof AfterwardsError) return { code: error.code, message: error.message };
  const name = error instanceof Error ? error.name : typeof error;
  return { code, message: `unexpected ${name}` };
}

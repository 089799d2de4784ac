/** An error with a stable code that docs/errors.md explains. Never holds audio or secrets. */
export class RelayError<Code extends string = string> extends Error {
  readonly code: Code;

  constructor(code: Code, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = 'RelayError';
    this.code = code;
  }
}

/** What went wrong, in one line, with the reasons behind it. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `: ${describeError(error.cause)}`;
  return (error.message === '' ? error.name : error.message) + cause;
}

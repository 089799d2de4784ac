/** An answer other than success, in Asterisk's words. */
export class AriError extends Error {
  override readonly name = 'AriError';
  readonly status: number;
  /** Reason phrase of the status line, where Asterisk has its own. */
  readonly statusText: string | undefined;

  constructor(status: number, message: string, statusText?: string) {
    super(message);
    this.status = status;
    this.statusText = statusText;
  }
}

/** A channel could not be made: Asterisk says so under another key than all its other refusals. */
export class AllocationFailed extends AriError {
  constructor() {
    super(500, 'Allocation failed');
  }
}

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

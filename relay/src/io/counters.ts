/** What happened since the relay started, for `/metrics`. */
export class Counters {
  calls = 0;
  /** Refused before any channel was made, by reason. */
  readonly refused = new Map<string, number>();
  /** Sent back to the dialplan after they had begun. */
  returned = 0;
  streams = 0;
  /** Leftovers of an earlier relay that were found and ended. */
  swept = 0;
  /** Errors by code. */
  readonly errors = new Map<string, number>();

  /** Twilio's stream warnings, once per stream and number. */
  readonly twilioWarnings = new Map<string, number>();

  warnTwilio(code: number): void {
    this.twilioWarnings.set(String(code), (this.twilioWarnings.get(String(code)) ?? 0) + 1);
  }

  refuse(reason: string): void {
    this.refused.set(reason, (this.refused.get(reason) ?? 0) + 1);
  }

  error(code: string): void {
    this.errors.set(code, (this.errors.get(code) ?? 0) + 1);
  }
}

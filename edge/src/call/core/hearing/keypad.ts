/** Digits the caller presses: one turn, ended by `#`, by their number where that is known, or by a pause. */

const DIGITS_MAX = 64;

export class Keypad {
  readonly #pauseMs: number;
  #digits = '';
  #at = 0;
  /** How many are waited for; 0: nobody knows. */
  #wanted = 0;

  constructor(pauseMs: number) {
    this.#pauseMs = pauseMs;
  }

  press(digit: string, now: number): void {
    if (this.#digits.length < DIGITS_MAX) this.#digits += digit;
    this.#at = now;
  }

  expect(count: number): void {
    this.#wanted = count;
  }

  /** When the digits are complete; undefined while there are none. */
  get closesAt(): number | undefined {
    if (this.#digits === '') return undefined;
    const isComplete =
      this.#digits.endsWith('#') || (this.#wanted > 0 && this.#digits.length >= this.#wanted);
    return isComplete ? this.#at : this.#at + this.#pauseMs;
  }

  /** When the last key was pressed. */
  get pressedAt(): number {
    return this.#at;
  }

  take(): string {
    const digits = this.#digits;
    this.#digits = '';
    this.#wanted = 0;
    return digits;
  }
}

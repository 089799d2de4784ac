/** A quantile of a row of levels in dB, followed without storing them: up by much for what is above, down by little else. */
export class LevelQuantile {
  readonly #upDb: number;
  readonly #downDb: number;
  readonly #min: number;
  readonly #max: number;
  #value: number;

  /** `fraction` of the levels stay below the value, which moves by at most `stepDb` a time. */
  constructor(fraction: number, stepDb: number, start: number, min: number, max: number) {
    this.#upDb = fraction * stepDb;
    this.#downDb = (1 - fraction) * stepDb;
    this.#value = start;
    this.#min = min;
    this.#max = max;
  }

  push(levelDb: number): void {
    const next = levelDb > this.#value ? this.#value + this.#upDb : this.#value - this.#downDb;
    this.#value = Math.min(this.#max, Math.max(this.#min, next));
  }

  /** Begins again at a level. */
  reset(levelDb: number): void {
    this.#value = Math.min(this.#max, Math.max(this.#min, levelDb));
  }

  get value(): number {
    return this.#value;
  }
}

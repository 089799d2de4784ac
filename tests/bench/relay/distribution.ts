/** Durations of one run, for their quantiles. */
export class Distribution {
  readonly #values: number[] = [];

  add(valueMs: number): void {
    this.#values.push(valueMs);
  }

  get count(): number {
    return this.#values.length;
  }

  clear(): void {
    this.#values.length = 0;
  }

  /** The value that `fraction` of all stay at or below, rounded to a hundredth; 0 while there are none. */
  quantile(fraction: number): number {
    const sorted = this.#values.toSorted((a, b) => a - b);
    const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? 0;
    return Math.round(value * 100) / 100;
  }

  get p50p99(): { readonly p50: number; readonly p99: number } {
    return { p50: this.quantile(0.5), p99: this.quantile(0.99) };
  }
}

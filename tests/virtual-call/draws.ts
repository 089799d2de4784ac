/** Draws from distributions, the same row for the same seed. */

import { seededRandom, type RandomSource } from '../sim/random.ts';

/** A lognormal distribution by two of its quantiles; both 0 means always 0. */
export interface Spread {
  readonly median: number;
  readonly p95: number;
}

/** 95 % quantile of the standard normal distribution. */
const Z95 = 1.6449;

export class Draws {
  readonly #random: RandomSource;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
    // Neighbouring seeds give first numbers that are alike.
    for (let i = 0; i < 8; i++) this.#random();
  }

  /** Draws of its own for one part of the world, so that one part's number of draws does not change another's. */
  static of(seed: number, part: string): Draws {
    let mixed = seed | 0;
    for (const char of part) mixed = Math.imul(mixed ^ (char.codePointAt(0) ?? 0), 0x01000193);
    return new Draws(mixed ^ (mixed >>> 15));
  }

  /** From `min` up to `max`. */
  uniform(min: number, max: number): number {
    return min + (max - min) * this.#random();
  }

  chance(probability: number): boolean {
    return this.#random() < probability;
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[Math.floor(this.#random() * items.length)];
    if (item === undefined) throw new Error('there is nothing to pick from');
    return item;
  }

  /** Standard normal (Box and Muller). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.#random()));
    return radius * Math.cos(2 * Math.PI * this.#random());
  }

  lognormal({ median, p95 }: Spread): number {
    const z = this.normal();
    if (median <= 0) return 0;
    return median * Math.exp((Math.log(p95 / median) / Z95) * z);
  }
}

/** Lets in many at once, or one alone: who asks first goes first, so that whoever wants to be alone need not wait for ever. */

export class Turnstile {
  /** Those inside, and those who wait, are over when this is. */
  #last: Promise<unknown> = Promise.resolve();
  #inside = new Set<Promise<unknown>>();

  async together<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#last;
    const entered = Promise.withResolvers<void>();
    this.#last = entered.promise;
    await before;
    const done = work();
    const settled = Promise.allSettled([done]);
    this.#inside.add(settled);
    void settled.then(() => this.#inside.delete(settled));
    entered.resolve();
    return done;
  }

  async alone<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#last;
    const left = Promise.withResolvers<void>();
    this.#last = left.promise;
    try {
      await before;
      await Promise.all(this.#inside);
      return await work();
    } finally {
      left.resolve();
    }
  }
}

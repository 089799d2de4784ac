/** Work that nobody waits for now, and that must be over before its owner is. */

export class DeferredWork {
  readonly #running = new Set<Promise<unknown>>();
  readonly #onError: (error: unknown) => void;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  add(work: Promise<unknown>): void {
    const settled = work.catch(this.#onError);
    this.#running.add(settled);
    void settled.then(() => this.#running.delete(settled));
  }

  /** What is added while this waits is waited for too. */
  async whenDone(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }
}

/** Things that happened, and a way to wait for one without polling or sleeping. */
export class EventLog<T> {
  readonly all: T[] = [];
  readonly #waiting = new Set<() => void>();

  add(item: T): void {
    this.all.push(item);
    for (const check of this.#waiting) check();
  }

  /** The first item, past or to come, for which `isIt` holds. Rejects after `timeoutMs`, naming what was waited for. */
  async until(what: string, isIt: (item: T) => boolean, timeoutMs = 20_000): Promise<T> {
    const found = Promise.withResolvers<T>();
    const check = (): void => {
      const item = this.all.find(isIt);
      if (item !== undefined) found.resolve(item);
    };
    const timer = setTimeout(
      () => found.reject(new Error(`waited ${timeoutMs} ms for ${what}`)),
      timeoutMs,
    );
    this.#waiting.add(check);
    check();
    try {
      return await found.promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(check);
    }
  }
}

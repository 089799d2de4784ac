/**
 * What a stand-in was asked, for assertions. Keys and audio are never in it.
 */

/** Oldest entries go when there are more. */
const ENTRIES_MAX = 1000;

/** A bounded list of what happened. Read it as an array. */
export class RequestLog<T> {
  readonly #entries: T[] = [];
  #total = 0;

  /** Keeps the entry, and answers it so that the caller may fill in how it ended. */
  add(entry: T): T {
    this.#entries.push(entry);
    this.#total += 1;
    if (this.#entries.length > ENTRIES_MAX) this.#entries.shift();
    return entry;
  }

  /** The last entries, oldest first. */
  get entries(): readonly T[] {
    return this.#entries;
  }

  /** How many there ever were. */
  get total(): number {
    return this.#total;
  }

  clear(): void {
    this.#entries.length = 0;
    this.#total = 0;
  }
}

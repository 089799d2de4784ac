/** Those who want to hear of one kind of event, for as long as they do. */

export class Listeners<T> {
  readonly #listeners = new Set<(event: T) => void>();

  /** Answers how to leave. */
  add(listener: (event: T) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  emit(event: T): void {
    for (const listener of this.#listeners) listener(event);
  }
}

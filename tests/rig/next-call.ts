/** An INVITE takes milliseconds; a loaded machine gets this long. */
const WAIT_MS_MAX = 5000;

/** Calls in the order in which they came, each given out once, to whoever waits or will ask. */
export class NextCall<Call> {
  readonly #untaken: Call[] = [];
  readonly #waiting: PromiseWithResolvers<Call>[] = [];

  give(call: Call): void {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) this.#untaken.push(call);
    else waiting.resolve(call);
  }

  /** Rejects after 5 s without a call. */
  async take(): Promise<Call> {
    const call = this.#untaken.shift();
    if (call !== undefined) return call;
    const waiting = Promise.withResolvers<Call>();
    this.#waiting.push(waiting);
    const timer = setTimeout(() => {
      this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
      waiting.reject(new Error(`nobody called in ${WAIT_MS_MAX} ms`));
    }, WAIT_MS_MAX);
    try {
      return await waiting.promise;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Nobody will call any more. */
  close(): void {
    for (const waiting of this.#waiting.splice(0)) waiting.reject(new Error('unplugged'));
  }
}

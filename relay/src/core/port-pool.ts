/**
 * The RTP ports of all calls. A port that was freed rests before it is given out again, so that the last packets of one
 * call are never heard in the next.
 */

/** Asterisk's own strict-RTP learning takes 5 s (facts section 2): a straggler older than that cannot exist. */
export const PORT_REST_MS = 5000;

export interface PortRange {
  /** Even, as RFC 3550 §11 asks of RTP. */
  readonly first: number;
  readonly last: number;
}

export class PortPool {
  /** Ports that can be given out, longest-rested first, with the instant their rest is over. */
  #resting: { readonly port: number; readonly freeAt: number }[] = [];
  readonly #taken = new Set<number>();

  constructor(range: PortRange) {
    const first = range.first + (range.first % 2);
    for (let port = first; port <= range.last; port += 2) this.#resting.push({ port, freeAt: 0 });
  }

  get size(): number {
    return this.#resting.length + this.#taken.size;
  }

  get taken(): number {
    return this.#taken.size;
  }

  /** A port that has rested, or undefined when there is none. */
  take(now: number): number | undefined {
    const first = this.#resting[0];
    if (first === undefined || first.freeAt > now) return undefined;
    this.#resting.shift();
    this.#taken.add(first.port);
    return first.port;
  }

  /** Whether {@link take} would give one. */
  hasFree(now: number): boolean {
    const first = this.#resting[0];
    return first !== undefined && first.freeAt <= now;
  }

  /** Gives a port back, to rest. Giving back twice is a mistake of ours. */
  release(port: number, now: number): void {
    if (!this.#taken.delete(port)) throw new Error(`port ${port} was not taken`);
    this.#resting.push({ port, freeAt: now + PORT_REST_MS });
  }
}

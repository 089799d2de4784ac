/**
 * Even RTP ports of the simulated Asterisk; the odd one above each is its RTCP. As in a real one, nothing keeps the last port
 * back: whoever asks for one more kills the PBX (facts section 6).
 */
export class RtpPorts {
  readonly #free: number[] = [];

  /** Both ends included. */
  constructor(firstPort: number, lastPort: number) {
    for (let port = firstPort + (firstPort % 2); port + 1 <= lastPort; port += 2) {
      this.#free.push(port);
    }
  }

  /** Ports that are free. */
  get freeCount(): number {
    return this.#free.length;
  }

  /** Undefined when all are in use. */
  take(): number | undefined {
    return this.#free.shift();
  }

  giveBack(port: number): void {
    this.#free.push(port);
  }
}

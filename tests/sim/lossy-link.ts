import type { RandomSource } from './random.ts';

/** What a link does to its packets. Rates are from 0 to 1 and independent; all default to 0. */
export interface LinkFaults {
  readonly lossRate?: number;
  readonly duplicateRate?: number;
  /** These are held back by {@link reorderMs}, so that later packets overtake them. */
  readonly reorderRate?: number;
  /** Default 30: behind the next packet of a 20 ms stream. */
  readonly reorderMs?: number;
  /** Each packet waits between 0 and this. Above the packet time this reorders too. */
  readonly jitterMs?: number;
  /** These get a payload type that nobody negotiated. */
  readonly wrongTypeRate?: number;
}

/** How many packets met which fault. */
export interface LinkCounts {
  sent: number;
  lost: number;
  duplicated: number;
  reordered: number;
  wrongType: number;
}

/** G.723, static, never used here. */
const WRONG_PAYLOAD_TYPE = 4;

/** A seeded bad network for datagrams that hold RTP. Timers are its only connection to the outside. */
export class LossyLink {
  readonly counts: LinkCounts = { sent: 0, lost: 0, duplicated: 0, reordered: 0, wrongType: 0 };
  readonly #random: RandomSource;
  readonly #faults: () => LinkFaults;
  readonly #deliver: (datagram: Uint8Array) => void;
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(
    random: RandomSource,
    faults: () => LinkFaults,
    deliver: (datagram: Uint8Array) => void,
  ) {
    this.#random = random;
    this.#faults = faults;
    this.#deliver = deliver;
  }

  send(datagram: Uint8Array): void {
    const faults = this.#faults();
    this.counts.sent += 1;
    if (this.#happens(faults.lossRate)) {
      this.counts.lost += 1;
      return;
    }
    let sent = datagram;
    if (this.#happens(faults.wrongTypeRate)) {
      this.counts.wrongType += 1;
      sent = datagram.slice();
      sent[1] = ((sent[1] ?? 0) & 0x80) | WRONG_PAYLOAD_TYPE;
    }
    let delayMs = (faults.jitterMs ?? 0) * this.#random();
    if (this.#happens(faults.reorderRate)) {
      this.counts.reordered += 1;
      delayMs += faults.reorderMs ?? 30;
    }
    this.#deliverIn(delayMs, sent);
    if (this.#happens(faults.duplicateRate)) {
      this.counts.duplicated += 1;
      this.#deliverIn(delayMs, sent);
    }
  }

  /** Drops what is still on its way. */
  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  #happens(rate: number | undefined): boolean {
    // The random number is drawn in any case: a rate that changes does not move the others' row.
    return this.#random() < (rate ?? 0);
  }

  #deliverIn(delayMs: number, datagram: Uint8Array): void {
    if (delayMs < 1) {
      this.#deliver(datagram);
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#deliver(datagram);
    }, delayMs);
    this.#timers.add(timer);
  }
}

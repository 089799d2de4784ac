/**
 * How loud the echo of what the caller hears may be in the frame that comes back from him.
 *
 * The way of the echo is learnt from levels alone: its delay is where the levels of both directions go up and down
 * together, its loss is their difference there. A delay of up to a second is sought, since what was played is known to some
 * 100 ms only and mobile networks add as much again. Before it is found, the loudest of all delays counts with a loss that
 * hybrids and handsets keep (ITU-T G.168 assumes at least 6 dB and is met by 12 to 30). Where it is not found there is none.
 */

import { levelDbov } from './level.ts';

const DELAYS = 50;
/** Audio may be handed over ahead of its time by the rest. */
const FRAMES = 128;
/** Nothing quieter is compared: it is the noise of the line. */
const LEAST_DBOV = -62;
/** Quieter than this, nothing is said that could come back. */
const HEARD_DBOV_MIN = -45;
const LOSS_DB_UNKNOWN = 24;
const LOSS_DB_MIN = 6;
/** Both directions are compared over the latest four seconds or so in which something was heard. */
const KEPT = 0.995;
const COMPARED_FRAMES_MIN = 60;
const CORRELATION_MIN = 0.6;
/** Without any such likeness after so long, there is no echo. */
const TRIED_FRAMES_MAX = 200;
/** Frames of speech do not fall together with those of the other side: half a frame of either comes along. */
const SPREAD_FRAMES = 1;

export class EchoExpectation {
  readonly #levels = new Float64Array(FRAMES).fill(LEAST_DBOV);
  /** Decaying sums over compared frames, by delay: of what was heard, of its square, and of its product with what came. */
  readonly #sums = new Float64Array(DELAYS);
  readonly #squares = new Float64Array(DELAYS);
  readonly #products = new Float64Array(DELAYS);
  #weight = 0;
  #sum = 0;
  #square = 0;
  #compared = 0;
  #heardFrames = 0;
  #frames = 0;
  #peakDbov = LEAST_DBOV;
  #delay: number | undefined;
  #lossDb = LOSS_DB_UNKNOWN;

  /** 20 ms that the caller hears. What is more than a second ahead of what he says is dropped. */
  pushHeard(mulaw: Uint8Array): void {
    if (this.#heardFrames >= this.#frames + FRAMES - DELAYS) return;
    this.#levels[this.#heardFrames++ % FRAMES] = Math.max(LEAST_DBOV, levelDbov(mulaw));
  }

  /** Level of the caller's next 20 ms in dBov. Answers the level of the loudest echo to be expected in it; -Infinity for none. */
  push(level: number): number {
    if (this.#heardFrames === 0) return -Infinity;
    const levels = this.#levels;
    while (this.#heardFrames <= this.#frames) levels[this.#heardFrames++ % FRAMES] = LEAST_DBOV;
    let peak = LEAST_DBOV;
    for (let delay = 0; delay < DELAYS; delay++) {
      peak = Math.max(peak, this.#heardBefore(delay));
    }
    this.#peakDbov = peak;
    if (peak > HEARD_DBOV_MIN) this.#compare(Math.max(LEAST_DBOV, level));
    const expected = this.#expected();
    this.#frames++;
    return expected;
  }

  #expected(): number {
    const delay = this.#delay;
    if (delay === undefined) {
      const isUnknown = this.#compared < TRIED_FRAMES_MAX && this.#peakDbov > HEARD_DBOV_MIN;
      return isUnknown ? this.#peakDbov - LOSS_DB_UNKNOWN : -Infinity;
    }
    let loudest = LEAST_DBOV;
    for (let at = delay - SPREAD_FRAMES; at <= delay + SPREAD_FRAMES; at++) {
      loudest = Math.max(loudest, this.#heardBefore(at));
    }
    return loudest <= HEARD_DBOV_MIN - 10 ? -Infinity : loudest - this.#lossDb;
  }

  #heardBefore(delay: number): number {
    return this.#levels[(this.#frames - delay + FRAMES) % FRAMES] as number;
  }

  #compare(level: number): void {
    this.#compared++;
    this.#weight = this.#weight * KEPT + 1;
    this.#sum = this.#sum * KEPT + level;
    this.#square = this.#square * KEPT + level * level;
    const weight = this.#weight;
    const variance = this.#square - (this.#sum * this.#sum) / weight;
    let [best, bestDelay] = [CORRELATION_MIN, -1];
    for (let delay = 0; delay < DELAYS; delay++) {
      const heard = this.#heardBefore(delay);
      const sum = (this.#sums[delay] as number) * KEPT + heard;
      const square = (this.#squares[delay] as number) * KEPT + heard * heard;
      const product = (this.#products[delay] as number) * KEPT + heard * level;
      this.#sums[delay] = sum;
      this.#squares[delay] = square;
      this.#products[delay] = product;
      const both = variance * (square - (sum * sum) / weight);
      const covariance = product - (sum * this.#sum) / weight;
      if (covariance <= 0 || covariance * covariance < best * best * both) continue;
      best = covariance / Math.sqrt(both);
      bestDelay = delay;
    }
    if (this.#compared < COMPARED_FRAMES_MIN) return;
    if (bestDelay < 0) {
      this.#delay = undefined;
      return;
    }
    if (this.#delay === undefined) {
      this.#lossDb = Math.max(
        LOSS_DB_MIN,
        ((this.#sums[bestDelay] as number) - this.#sum) / weight,
      );
    }
    this.#delay = bestDelay;
    const heard = this.#heardBefore(bestDelay);
    const difference = heard - level - this.#lossDb;
    if (heard < HEARD_DBOV_MIN + 15 || Math.abs(difference) > 12) return;
    this.#lossDb = Math.max(LOSS_DB_MIN, this.#lossDb + 0.05 * difference);
  }
}

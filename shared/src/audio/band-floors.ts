/**
 * The noise of a line, band by band: the least energy of the last two seconds (R. Martin, "Noise power spectral
 * density estimation based on optimal smoothing and minimum statistics", 2001, without the optimal smoothing). It needs no
 * word of who speaks: speech leaves every band between syllables, noise leaves none. So it follows a step of the noise, a
 * hum or a whistle in that time, and a talker without pauses never becomes the floor.
 */

/** Of eight bins, 250 Hz, from 219 Hz to 3469 Hz. */
export const BANDS = 13;
const BAND_BINS = 8;
export const BIN_FIRST = 7;
export const BIN_END = BIN_FIRST + BANDS * BAND_BINS;

/** Smoothing of a band's energy before its least is sought. */
const KEPT = 0.7;
/** Where it falls: a pause of 60 ms must show the noise. */
const KEPT_FALLING = 0.35;
/** The least of smoothed noise lies so far below its mean. */
const BIAS = 3;
/** So many times the noise is taken away: single bins of it go far above their mean. */
const OVER = 3;
const STRETCHES = 10;
const STRETCH_FRAMES = 10;
/** What a silent line is said to carry, per band, as a mean square: -80 dBov. */
const LEAST = 10 ** (-80 / 10) * 32_768 ** 2;
/** As long as little was heard, it may be a word without a breath before it: louder than -53 dBov a band is no noise yet. */
const MOST_EARLY = 10 ** (-53 / 10) * 32_768 ** 2;
const EARLY_FRAMES = 40;
/** A band with more is counted as having so much, so that one formant or one tone alone is no speech. */
const SNR_MAX = 10 ** 1.8;
const SNR_MIN = 0.5;

export class BandFloors {
  /** Mean square of the noise in each band. */
  readonly floors = new Float64Array(BANDS).fill(LEAST);
  readonly #smoothed = new Float64Array(BANDS);
  /** Of each band: of the stretch that goes on, of each stretch before it, and of all of these. */
  readonly #latest = new Float64Array(BANDS).fill(Infinity);
  readonly #leasts = new Float64Array(BANDS * STRETCHES).fill(Infinity);
  readonly #earlier = new Float64Array(BANDS).fill(Infinity);
  #stretch = 0;
  #framesInAll = 0;

  /** Mean over all bands of how far the frame stands out, in dB; about 0 for noise. */
  push(power: Float64Array): number {
    const smoothed = this.#smoothed;
    const isFirst = this.#framesInAll === 0;
    const isEarly = this.#framesInAll++ < EARLY_FRAMES;
    let product = 1;
    for (let band = 0; band < BANDS; band++) {
      const first = BIN_FIRST + band * BAND_BINS;
      let energy = 0;
      for (let bin = first; bin < first + BAND_BINS; bin++) energy += power[bin] as number;
      const before = isFirst ? energy : (smoothed[band] as number);
      const kept = energy < before ? KEPT_FALLING : KEPT;
      const smooth = kept * before + (1 - kept) * energy;
      smoothed[band] = smooth;
      const latest = Math.min(smooth, this.#latest[band] as number);
      this.#latest[band] = latest;
      const least = Math.min(latest, this.#earlier[band] as number);
      let floor = Math.max(LEAST, least * BIAS);
      this.floors[band] = floor;
      if (isEarly && floor > MOST_EARLY) floor = MOST_EARLY;
      const ratio = energy / floor;
      product *= Math.min(SNR_MAX, Math.max(SNR_MIN, ratio));
    }
    if (this.#framesInAll % STRETCH_FRAMES === 0) this.#turnStretch();
    return (10 * Math.log10(product)) / BANDS;
  }

  /** The stretch that ended takes the place of the oldest. */
  #turnStretch(): void {
    const leasts = this.#leasts;
    leasts.set(this.#latest, this.#stretch * BANDS);
    this.#stretch = (this.#stretch + 1) % STRETCHES;
    this.#latest.fill(Infinity);
    this.#earlier.fill(Infinity);
    for (let i = 0; i < leasts.length; i++) {
      const band = i % BANDS;
      this.#earlier[band] = Math.min(this.#earlier[band] as number, leasts[i] as number);
    }
  }

  /**
   * `power` without the noise, as amplitudes to the power of 1.5, so that one formant does not rule, into `into`. Answers
   * which part of the power is left: little of noise, most of a voice.
   */
  subtract(power: Float64Array, into: Float64Array): number {
    let all = 0;
    let left = 0;
    for (let band = 0; band < BANDS; band++) {
      const floor = (OVER * (this.floors[band] as number)) / BAND_BINS;
      const first = BIN_FIRST + band * BAND_BINS;
      for (let bin = first; bin < first + BAND_BINS; bin++) {
        const one = power[bin] as number;
        const rest = one - floor;
        all += one;
        if (rest > 0) left += rest;
        into[bin] = rest > 0 ? Math.sqrt(rest * Math.sqrt(rest)) : 0;
      }
    }
    return all > 0 ? left / all : 0;
  }
}

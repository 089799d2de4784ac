/**
 * Spectrum of the latest 32 ms of 8 kHz audio, and how periodic it is. All memory is taken once; a call costs a few µs.
 *
 * Bins are 31.25 Hz apart. The periodicity is the greatest value of the normalised autocorrelation between 70 and 400 Hz,
 * computed from a spectrum out of which the noise has been taken: a voice, whose fundamental the telephone has cut off,
 * still has its period.
 */

export const SPECTRUM_SAMPLES = 256;
export const BINS = SPECTRUM_SAMPLES / 2 + 1;

const HALF = SPECTRUM_SAMPLES / 2;
/** 70 to 400 Hz. */
const LAG_MIN = 20;
const LAG_MAX = 114;

const WINDOW = Float64Array.from(
  { length: SPECTRUM_SAMPLES },
  (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / SPECTRUM_SAMPLES),
);
const COS = Float64Array.from({ length: SPECTRUM_SAMPLES }, (_, i) =>
  Math.cos((2 * Math.PI * i) / SPECTRUM_SAMPLES),
);
const SIN = Float64Array.from({ length: SPECTRUM_SAMPLES }, (_, i) =>
  Math.sin((2 * Math.PI * i) / SPECTRUM_SAMPLES),
);
const REVERSED = Uint8Array.from({ length: HALF }, (_, i) => {
  let reversed = 0;
  for (let bit = 0; bit < 7; bit++) reversed |= ((i >> bit) & 1) << (6 - bit);
  return reversed;
});
/** What the window leaves of the autocorrelation at each lag. */
const WINDOW_CORRELATION = Float64Array.from({ length: LAG_MAX + 2 }, (_, lag) => {
  let [sum, energy] = [0, 0];
  for (let i = 0; i < SPECTRUM_SAMPLES; i++) {
    const one = WINDOW[i] as number;
    sum += one * (WINDOW[(i + lag) % SPECTRUM_SAMPLES] as number);
    energy += one * one;
  }
  return sum / energy;
});
/** So that the power of all bins is the mean square of the samples. */
const SCALE = 2 / SPECTRUM_SAMPLES / WINDOW.reduce((sum, one) => sum + one * one, 0);

/** `one ** 2` calls a function. */
const square = (one: number): number => one * one;

export class Spectrum {
  /** Mean square that each bin holds, in squared sample units. */
  readonly power = new Float64Array(BINS);
  readonly #real = new Float64Array(HALF);
  readonly #imaginary = new Float64Array(HALF);

  /** Of {@link SPECTRUM_SAMPLES} samples. */
  analyse(samples: Float64Array): void {
    const real = this.#real;
    const imaginary = this.#imaginary;
    for (let i = 0; i < HALF; i++) {
      const to = REVERSED[i] as number;
      real[to] = (samples[2 * i] as number) * (WINDOW[2 * i] as number);
      imaginary[to] = (samples[2 * i + 1] as number) * (WINDOW[2 * i + 1] as number);
    }
    this.#transform();
    const power = this.power;
    const re0 = real[0] as number;
    const im0 = imaginary[0] as number;
    power[0] = (square(re0 + im0) * SCALE) / 2;
    power[HALF] = (square(re0 - im0) * SCALE) / 2;
    for (let k = 1; k <= HALF / 2; k++) {
      const mirror = HALF - k;
      const evenRe = ((real[k] as number) + (real[mirror] as number)) / 2;
      const evenIm = ((imaginary[k] as number) - (imaginary[mirror] as number)) / 2;
      const oddRe = ((imaginary[k] as number) + (imaginary[mirror] as number)) / 2;
      const oddIm = ((real[mirror] as number) - (real[k] as number)) / 2;
      const cos = COS[k] as number;
      const sin = SIN[k] as number;
      const turnedRe = oddRe * cos + oddIm * sin;
      const turnedIm = oddIm * cos - oddRe * sin;
      power[k] = (square(evenRe + turnedRe) + square(evenIm + turnedIm)) * SCALE;
      power[mirror] = (square(evenRe - turnedRe) + square(turnedIm - evenIm)) * SCALE;
    }
  }

  /** 0 to 0.4 for noise, near 1 for a voice or a tone, of any spectrum of {@link BINS} bins; {@link power} stays. */
  periodicity(spectrum: Float64Array): number {
    // An even sequence: its transform is real, and is the autocorrelation.
    const real = this.#real;
    const imaginary = this.#imaginary;
    for (let i = 0; i < HALF; i++) {
      const to = REVERSED[i] as number;
      const even = 2 * i;
      const odd = even + 1;
      real[to] = spectrum[even <= HALF ? even : SPECTRUM_SAMPLES - even] as number;
      imaginary[to] = spectrum[odd <= HALF ? odd : SPECTRUM_SAMPLES - odd] as number;
    }
    this.#transform();
    const atZero = (real[0] as number) + (imaginary[0] as number);
    if (atZero <= 0) return 0;
    let best = 0;
    let before = this.#correlation(LAG_MIN - 1);
    let here = this.#correlation(LAG_MIN);
    for (let lag = LAG_MIN; lag <= LAG_MAX; lag++) {
      const after = this.#correlation(lag + 1);
      if (here > best && here >= before && here >= after) best = here;
      before = here;
      here = after;
    }
    return best / atZero;
  }

  #correlation(lag: number): number {
    const mirror = HALF - lag;
    const real = this.#real;
    const imaginary = this.#imaginary;
    const evenRe = ((real[lag] as number) + (real[mirror] as number)) / 2;
    const oddRe = ((imaginary[lag] as number) + (imaginary[mirror] as number)) / 2;
    const oddIm = ((real[mirror] as number) - (real[lag] as number)) / 2;
    const value = evenRe + oddRe * (COS[lag] as number) + oddIm * (SIN[lag] as number);
    return value / (WINDOW_CORRELATION[lag] as number);
  }

  /**
   * Complex, in place, of the numbers in reversed order. Two stages of the usual radix-2 transform at a time: half the
   * traffic with memory, 0.9 µs in place of 2.
   */
  #transform(): void {
    this.#firstStages();
    this.#stages(4);
    this.#stages(16);
    this.#lastStage();
  }

  #firstStages(): void {
    const re = this.#real;
    const im = this.#imaginary;
    for (let i = 0; i < HALF; i += 4) {
      const sumRe = (re[i] as number) + (re[i + 1] as number);
      const sumIm = (im[i] as number) + (im[i + 1] as number);
      const differenceRe = (re[i] as number) - (re[i + 1] as number);
      const differenceIm = (im[i] as number) - (im[i + 1] as number);
      const otherSumRe = (re[i + 2] as number) + (re[i + 3] as number);
      const otherSumIm = (im[i + 2] as number) + (im[i + 3] as number);
      const otherDifferenceRe = (re[i + 2] as number) - (re[i + 3] as number);
      const otherDifferenceIm = (im[i + 2] as number) - (im[i + 3] as number);
      re[i] = sumRe + otherSumRe;
      im[i] = sumIm + otherSumIm;
      re[i + 1] = differenceRe + otherDifferenceIm;
      im[i + 1] = differenceIm - otherDifferenceRe;
      re[i + 2] = sumRe - otherSumRe;
      im[i + 2] = sumIm - otherSumIm;
      re[i + 3] = differenceRe - otherDifferenceIm;
      im[i + 3] = differenceIm + otherDifferenceRe;
    }
  }

  /** The stages of `width` and of twice that. */
  #stages(width: number): void {
    const re = this.#real;
    const im = this.#imaginary;
    const stride = SPECTRUM_SAMPLES / (4 * width);
    for (let k = 0; k < width; k++) {
      const cos = COS[2 * k * stride] as number;
      const sin = SIN[2 * k * stride] as number;
      const halfCos = COS[k * stride] as number;
      const halfSin = SIN[k * stride] as number;
      for (let a = k; a < HALF; a += 4 * width) {
        const b = a + width;
        const c = b + width;
        const d = c + width;
        const bRe = (re[b] as number) * cos + (im[b] as number) * sin;
        const bIm = (im[b] as number) * cos - (re[b] as number) * sin;
        const dRe = (re[d] as number) * cos + (im[d] as number) * sin;
        const dIm = (im[d] as number) * cos - (re[d] as number) * sin;
        const sumRe = (re[a] as number) + bRe;
        const sumIm = (im[a] as number) + bIm;
        const differenceRe = (re[a] as number) - bRe;
        const differenceIm = (im[a] as number) - bIm;
        const otherSumRe = (re[c] as number) + dRe;
        const otherSumIm = (im[c] as number) + dIm;
        const otherDifferenceRe = (re[c] as number) - dRe;
        const otherDifferenceIm = (im[c] as number) - dIm;
        const turnedRe = otherSumRe * halfCos + otherSumIm * halfSin;
        const turnedIm = otherSumIm * halfCos - otherSumRe * halfSin;
        // A quarter turn further.
        const quarterRe = otherDifferenceIm * halfCos - otherDifferenceRe * halfSin;
        const quarterIm = -(otherDifferenceRe * halfCos + otherDifferenceIm * halfSin);
        re[a] = sumRe + turnedRe;
        im[a] = sumIm + turnedIm;
        re[c] = sumRe - turnedRe;
        im[c] = sumIm - turnedIm;
        re[b] = differenceRe + quarterRe;
        im[b] = differenceIm + quarterIm;
        re[d] = differenceRe - quarterRe;
        im[d] = differenceIm - quarterIm;
      }
    }
  }

  #lastStage(): void {
    const re = this.#real;
    const im = this.#imaginary;
    for (let a = 0; a < HALF / 2; a++) {
      const b = a + HALF / 2;
      const cos = COS[2 * a] as number;
      const sin = SIN[2 * a] as number;
      const turnedRe = (re[b] as number) * cos + (im[b] as number) * sin;
      const turnedIm = (im[b] as number) * cos - (re[b] as number) * sin;
      re[b] = (re[a] as number) - turnedRe;
      im[b] = (im[a] as number) - turnedIm;
      re[a] = (re[a] as number) + turnedRe;
      im[a] = (im[a] as number) + turnedIm;
    }
  }
}

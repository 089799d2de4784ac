/** What 20 ms of audio sound like, apart from how loud they are: stand-out, period, steadiness, tone. */

import { BandFloors, BIN_END, BIN_FIRST } from './band-floors.ts';
import { MULAW_TO_LINEAR } from './g711.ts';
import { LEVEL_DBOV_MIN } from './level.ts';
import { BINS, Spectrum, SPECTRUM_SAMPLES } from './spectrum.ts';

export const FRAME_BYTES = 160;

const FULL_SCALE = 32_768 ** 2;
/** Two frames back: spectra of neighbours share samples. */
const SHAPES = 3;
/** Spectra 40 ms apart are so alike in tones, chords and hums; in speech one pair in twenty is. */
const STEADY_SIMILARITY = 0.97;
/** Syllables rise and fall, notes hardly. */
const STEADY_DB = 3;
/** Where less of the power stands out of the noise, its period is chance. */
const LEFT_MIN = 0.35;
/** The part of one or two lines in a frame of pure tones; two harmonics of a high "ee" or "oo" seldom have more than 0.96. */
const TONE_SHARE = 0.97;
const LINE_BINS = 2;

export class FrameSound {
  /** Of the telephone's band, without what is below 219 Hz: mains hum does not count. */
  levelDbov = LEVEL_DBOV_MIN;
  /** How far the frame is above the noise, in dB, as a mean of all bands; below 0 for noise. */
  aboveDb = 0;
  /** 0 to about 1, see {@link Spectrum.periodicity}; only once {@link measure} was called with it. */
  periodicity = 0;
  /** The same sound went on for 40 ms. */
  isSteady = false;

  readonly #floors = new BandFloors();
  readonly #spectrum = new Spectrum();
  readonly #samples = new Float64Array(SPECTRUM_SAMPLES);
  readonly #shapes = Array.from({ length: SHAPES }, () => new Float64Array(BINS));
  readonly #levels = new Float64Array(SHAPES).fill(LEVEL_DBOV_MIN);
  #energy = 0;
  #frames = 0;

  /** Takes {@link FRAME_BYTES} of µ-law. Frames less than `aboveDbMin` above the noise are not looked at closely. */
  measure(mulaw: Uint8Array, aboveDbMin: number): void {
    const samples = this.#samples;
    samples.copyWithin(0, FRAME_BYTES);
    const from = SPECTRUM_SAMPLES - FRAME_BYTES;
    for (let i = 0; i < FRAME_BYTES; i++) {
      samples[from + i] = MULAW_TO_LINEAR[mulaw[i] as number] as number;
    }
    this.#spectrum.analyse(samples);
    const { power } = this.#spectrum;
    this.aboveDb = this.#floors.push(power);
    this.#energy = 0;
    for (let bin = BIN_FIRST; bin < BIN_END; bin++) this.#energy += power[bin] as number;
    this.levelDbov = toDbov(this.#energy);

    const now = this.#frames++ % SHAPES;
    const before = this.#frames % SHAPES;
    const shape = this.#shapes[now] as Float64Array;
    this.#levels[now] = this.levelDbov;
    this.periodicity = 0;
    this.isSteady = false;
    if (this.aboveDb < aboveDbMin) {
      shape.fill(0);
      return;
    }
    const left = this.#floors.subtract(power, shape);
    const changeDb = Math.abs(this.levelDbov - (this.#levels[before] as number));
    this.isSteady =
      changeDb < STEADY_DB &&
      similarityOf(shape, this.#shapes[before] as Float64Array) > STEADY_SIMILARITY;
    if (left >= LEFT_MIN && !this.isSteady) this.periodicity = this.#spectrum.periodicity(shape);
  }

  /** One or two pure tones, such as a digit of a keypad. */
  isTone(): boolean {
    const { power } = this.#spectrum;
    const first = lineIn(power, -BINS);
    const second = lineIn(power, first);
    const energy = energyAround(power, first) + energyAround(power, second);
    return energy > TONE_SHARE * this.#energy;
  }

  /** Level of the noise of the line. */
  get floorDbov(): number {
    let sum = 0;
    for (const one of this.#floors.floors) sum += one;
    return toDbov(sum);
  }
}

function toDbov(energy: number): number {
  return energy > 0
    ? Math.max(LEVEL_DBOV_MIN, 10 * Math.log10(energy / FULL_SCALE))
    : LEVEL_DBOV_MIN;
}

/** Cosine of two spectra: 1 for the same shape. */
function similarityOf(a: Float64Array, b: Float64Array): number {
  let product = 0;
  let squareA = 0;
  let squareB = 0;
  for (let bin = BIN_FIRST; bin < BIN_END; bin++) {
    const one = a[bin] as number;
    const other = b[bin] as number;
    product += one * other;
    squareA += one * one;
    squareB += other * other;
  }
  const squares = squareA * squareB;
  return squares > 0 ? product / Math.sqrt(squares) : 0;
}

/** The strongest bin that is not beside `other`. */
function lineIn(power: Float64Array, other: number): number {
  let most = -1;
  let at = BIN_FIRST;
  for (let bin = BIN_FIRST; bin < BIN_END; bin++) {
    const one = power[bin] as number;
    if (one <= most || Math.abs(bin - other) <= LINE_BINS + 1) continue;
    most = one;
    at = bin;
  }
  return at;
}

function energyAround(power: Float64Array, line: number): number {
  let energy = 0;
  for (let bin = line - LINE_BINS; bin <= line + LINE_BINS; bin++) energy += power[bin] as number;
  return energy;
}

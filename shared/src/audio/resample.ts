/**
 * Sample rate conversion to what a telephone carries: a windowed-sinc filter in polyphase form.
 *
 *   input at `fromHz` ──▶ ↑ L ──▶ low-pass, 3.4 to 4 kHz ──▶ ↓ M ──▶ output at `toHz`,  toHz / fromHz = L / M
 *
 * Only the taps that meet a sample are computed: one dot product per output sample, with the phase of the filter that
 * the sample's position asks for. The window is Kaiser's at 60 dB, 6 ms long. Output and input begin at the same instant.
 *
 * @see Oppenheim, Schafer: "Discrete-Time Signal Processing", §4.6 (rational rates), §7.6 (Kaiser's window and its formulas)
 */

/** Rates that are known to exist and to work; outside of them {@link Resampler} is not specified. */
export const SAMPLE_RATE_HZ_MIN = 4000;
export const SAMPLE_RATE_HZ_MAX = 96_000;

const TELEPHONE_HZ = 8000;
/** Telephone speech ends at 3.4 kHz, which is 0.425 of its rate; at half of its rate aliases begin. */
const PASS_BAND = 0.425;
const STOP_BAND = 0.5;
const ATTENUATION_DB = 60;
/**
 * Bounds the table of rates with a large `L` (44,101 Hz would have 8,000 phases). The nearest of 2,048 phases is off by
 * a 4,096th of an input sample at most, which is noise at -78 dB.
 */
const PHASES_MAX = 2048;

interface Kernel {
  readonly tapCount: number;
  readonly phaseCount: number;
  /** `phaseCount` rows of `tapCount`, each of sum 1. */
  readonly taps: Float64Array;
}

/** Converts a signal that comes in pieces: however it is cut, the output is the same. */
export class Resampler {
  readonly #up: number;
  readonly #down: number;
  readonly #kernel: Kernel;
  /** Input that is still needed, led by the silence before the first sample. */
  #input: Float64Array;
  #inputFill: number;
  /** Position of the next output sample: index of its first tap in `#input`, and `#fraction / #up` beyond that. */
  #index = 0;
  #fraction = 0;
  #inputCount = 0;
  #outputCount = 0;

  constructor(fromHz: number, toHz: number = TELEPHONE_HZ) {
    const divisor = greatestCommonDivisor(fromHz, toHz);
    this.#up = toHz / divisor;
    this.#down = fromHz / divisor;
    this.#kernel = makeKernel(fromHz, toHz, this.#up);
    this.#inputFill = this.#kernel.tapCount / 2 - 1;
    this.#input = new Float64Array(this.#inputFill + 4096);
  }

  /** The output, in an array of its own, that these samples complete: it lags by 3 ms. */
  push(samples: Int16Array): Int16Array<ArrayBuffer> {
    this.#inputCount += samples.length;
    return this.#convert(samples);
  }

  /** The rest of the output: in all, the duration of the input, rounded up to one sample. Nothing may be pushed afterwards. */
  end(): Int16Array<ArrayBuffer> {
    const outputCount = Math.ceil((this.#inputCount * this.#up) / this.#down);
    const missing = Math.max(0, outputCount - this.#outputCount);
    const tail = this.#convert(new Int16Array(this.#kernel.tapCount + this.#down));
    return tail.slice(0, missing);
  }

  #convert(samples: Int16Array): Int16Array<ArrayBuffer> {
    this.#append(samples);
    const { tapCount, phaseCount, taps } = this.#kernel;
    const up = this.#up;
    const input = this.#input;
    const room = this.#inputFill - tapCount - this.#index;
    const output = new Int16Array(room < 0 ? 0 : Math.ceil(((room + 1) * up) / this.#down) + 1);
    const stepIndex = Math.floor(this.#down / up);
    const stepFraction = this.#down % up;
    let outputCount = 0;
    while (this.#index + tapCount <= this.#inputFill) {
      const phase = Math.floor((this.#fraction * phaseCount) / up);
      output[outputCount++] = clip(dot(input, this.#index, taps, phase * tapCount, tapCount));
      this.#index += stepIndex;
      this.#fraction += stepFraction;
      if (this.#fraction >= up) {
        this.#fraction -= up;
        this.#index++;
      }
    }
    this.#outputCount += outputCount;
    return output.subarray(0, outputCount);
  }

  /** Drops the input that is behind, and puts the new behind what is left. */
  #append(samples: Int16Array): void {
    const used = Math.min(this.#index, this.#inputFill);
    const left = this.#inputFill - used;
    const needed = left + samples.length;
    const input = needed > this.#input.length ? new Float64Array(needed) : this.#input;
    input.set(this.#input.subarray(used, this.#inputFill));
    input.set(samples, left);
    this.#input = input;
    this.#inputFill = needed;
    this.#index -= used;
  }
}

/** All of `samples` at another rate, in an array of its own; those of the same rate as they are. */
export function resample(
  samples: Int16Array<ArrayBuffer>,
  fromHz: number,
  toHz: number = TELEPHONE_HZ,
): Int16Array<ArrayBuffer> {
  if (fromHz === toHz) return samples;
  const resampler = new Resampler(fromHz, toHz);
  const head = resampler.push(samples);
  const tail = resampler.end();
  const output = new Int16Array(head.length + tail.length);
  output.set(head);
  output.set(tail, head.length);
  return output;
}

/** The mean of all channels, which never clips; of one channel itself, of none nothing. They have one length. */
export function mixDown(channels: readonly Int16Array<ArrayBuffer>[]): Int16Array<ArrayBuffer> {
  const [first = new Int16Array(0), ...others] = channels;
  if (others.length === 0) return first;
  const mixed = new Int16Array(first.length);
  for (let i = 0; i < mixed.length; i++) {
    let sum = first[i] ?? 0;
    for (const channel of others) sum += channel[i] ?? 0;
    mixed[i] = Math.round(sum / channels.length);
  }
  return mixed;
}

/** The hot loop: some 270 products for a sample of 44.1 kHz audio. Two sums, because each waits for its last addition. */
function dot(
  input: Float64Array,
  inputStart: number,
  taps: Float64Array,
  tapStart: number,
  tapCount: number,
): number {
  let even = 0;
  let odd = 0;
  for (let i = 0; i < tapCount; i += 2) {
    even += (input[inputStart + i] ?? 0) * (taps[tapStart + i] ?? 0);
    odd += (input[inputStart + i + 1] ?? 0) * (taps[tapStart + i + 1] ?? 0);
  }
  return even + odd;
}

function clip(sample: number): number {
  return Math.max(-32_768, Math.min(32_767, Math.round(sample)));
}

function makeKernel(fromHz: number, toHz: number, up: number): Kernel {
  const narrowHz = Math.min(fromHz, toHz);
  const transition = ((STOP_BAND - PASS_BAND) * narrowHz) / fromHz;
  const cutoff = (((STOP_BAND + PASS_BAND) / 2) * narrowHz) / fromHz;
  // Kaiser's estimate of the length, and of the shape for more than 50 dB.
  const length = (ATTENUATION_DB - 8) / (2.285 * 2 * Math.PI * transition);
  const beta = 0.1102 * (ATTENUATION_DB - 8.7);
  const half = Math.ceil(length / 2);
  const tapCount = 2 * half;
  const phaseCount = Math.min(up, PHASES_MAX);
  const taps = new Float64Array(phaseCount * tapCount);
  for (let phase = 0; phase < phaseCount; phase++) {
    const row = taps.subarray(phase * tapCount, (phase + 1) * tapCount);
    // Tap `half - 1` is the sample at or before the position, which lies `phase / phaseCount` behind it.
    row.forEach((_, i) => {
      const distance = i - (half - 1) - phase / phaseCount;
      const edge = 1 - (distance / half) ** 2;
      const window = edge <= 0 ? 0 : bessel0(beta * Math.sqrt(edge));
      row[i] = window * sinc(2 * cutoff * distance);
    });
    const sum = row.reduce((total, tap) => total + tap, 0);
    row.forEach((tap, i) => (row[i] = tap / sum));
  }
  return { tapCount, phaseCount, taps };
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** Modified Bessel function of the first kind and order 0, by its power series. */
function bessel0(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/**
 * A recorded channel beside what a phone has sent or heard, sample by sample: the same sounds, in the same order, at the same
 * times but for one offset.
 *
 * The way between phone and edge carries µ-law untouched, so sounds are compared byte by byte; silence tells only times.
 */

/** Positive and negative zero. */
const SILENT: ReadonlySet<number> = new Set([0xff, 0x7f]);
const SAMPLES_PER_MS = 8;
/** So many sounds tell where a recording that begins later begins. */
const START_SAMPLES = 800;

export interface Alignment {
  /** Sounds that both have. */
  readonly samples: number;
  /** From where on they differ, of the reference's sounds; undefined where they do not. */
  readonly differsAt: number | undefined;
  /** Sounds of the reference before the copy begins, and at the ends of either that the other does not have. */
  readonly before: number;
  readonly missing: number;
  readonly extra: number;
  /** Place in the reference less place in the copy, in milliseconds: at the beginning, in the middle, at the end. */
  readonly offsetsMs: readonly [number, number, number];
  /** The middle of all offsets, and how far any is from it. */
  readonly offsetMs: number;
  readonly deviationMs: number;
}

/** `copy` may begin later than `reference`. */
export function align(reference: Uint8Array, copy: Uint8Array): Alignment {
  const there = placesOf(reference);
  const here = placesOf(copy);
  const before = startOf(reference, there, copy, here);
  const length = Math.min(there.length - before, here.length);
  let samples = 0;
  const isSame = (i: number): boolean => reference[there[before + i] ?? 0] === copy[here[i] ?? 0];
  while (samples < length && isSame(samples)) samples++;
  const offsets = Int32Array.from(
    { length: samples },
    (_, i) => (there[before + i] ?? 0) - (here[i] ?? 0),
  );
  const sorted = offsets.toSorted();
  const middle = sorted[samples >> 1] ?? 0;
  const deviation = Math.max(middle - (sorted[0] ?? 0), (sorted.at(-1) ?? 0) - middle);
  const at = (i: number): number => (offsets[i] ?? 0) / SAMPLES_PER_MS;
  return {
    samples,
    differsAt: samples < length ? before + samples : undefined,
    before,
    missing: there.length - before - samples,
    extra: here.length - samples,
    offsetsMs: [at(0), at(samples >> 1), at(samples - 1)],
    offsetMs: middle / SAMPLES_PER_MS,
    deviationMs: deviation / SAMPLES_PER_MS,
  };
}

function placesOf(track: Uint8Array): Int32Array {
  const places = new Int32Array(track.length);
  let count = 0;
  for (const [i, code] of track.entries()) if (!SILENT.has(code)) places[count++] = i;
  return places.subarray(0, count);
}

/** The first of the reference's sounds with which the copy's begin; 0 where there is none. */
function startOf(
  reference: Uint8Array,
  there: Int32Array,
  copy: Uint8Array,
  here: Int32Array,
): number {
  const soundsOf = (track: Uint8Array, places: Int32Array): Buffer =>
    Buffer.from(Uint8Array.from(places, (place) => track[place] ?? 0));
  const start = soundsOf(copy, here.subarray(0, START_SAMPLES));
  return Math.max(0, soundsOf(reference, there).indexOf(start));
}

/**
 * The alphabet of tone speech: how bytes become pairs of tones, and what else is in a word.
 *
 * ```
 *  word   = burst { joined burst }          joined: the same word goes on, no space between
 *  burst  = sync  byte{1..12}  tail         each one symbol of 56 ms
 *           │     │            └ CRC-8 of the burst as a byte, plus the middle marker tone
 *           │     └ one of 16 low tones (high nibble) + one of 16 high tones (low nibble)
 *           └ two marker tones: low + middle begins a word, middle + high joins the one before
 *
 *  375  450 ─── 16 low, 75 Hz apart ─── 1575   1725   1875 ─── 16 high ─── 3000   3150 Hz
 *  marker                                     marker                             marker
 * ```
 *
 * The tones lie in the telephone band and are multiples of 25 Hz: over the 40 ms that are analysed every tone makes a
 * whole number of periods and is invisible to the detectors of all others. The 56 ms of a symbol leave 8 ms on each
 * side for ramps and for timing errors. A marker in the tail means that a word cut short is never taken for a whole one.
 */

/** Everything here is at the telephone rate. */
export const SAMPLE_RATE_HZ = 8000;

/** One symbol, 56 ms: a five-letter word with sync, tail and pause is 8 symbols, about 13 characters a second. */
export const SYMBOL_SAMPLES = 448;

/** The middle 40 ms of a symbol, which the decoder looks at. */
export const ANALYSIS_SAMPLES = 320;

/** From the start of a symbol to the start of its analysed part. */
export const ANALYSIS_OFFSET_SAMPLES = (SYMBOL_SAMPLES - ANALYSIS_SAMPLES) / 2;

/** Most bytes in one burst: four Chinese characters, so that long words are heard piece by piece. */
export const BURST_BYTES_MAX = 12;

const TONE_SPACING_HZ = 75;

/** The high nibble of a byte is one of these. */
export const LOW_TONES_HZ: readonly number[] = Array.from(
  { length: 16 },
  (_, nibble) => 450 + nibble * TONE_SPACING_HZ,
);

/** The low nibble of a byte is one of these. */
export const HIGH_TONES_HZ: readonly number[] = Array.from(
  { length: 16 },
  (_, nibble) => 1875 + nibble * TONE_SPACING_HZ,
);

/** Markers, lowest first: never part of a byte. */
export const MARKERS_HZ = { low: 375, middle: 1725, high: 3150 } as const;

/** The chord that begins a word, and the one that joins a burst to the word before. */
export const SYNC_TONES_HZ = {
  word: [MARKERS_HZ.low, MARKERS_HZ.middle],
  joined: [MARKERS_HZ.middle, MARKERS_HZ.high],
} as const;

/** What a burst begins with. */
export type SyncKind = keyof typeof SYNC_TONES_HZ;

/** The two tones of a byte, in Hz. */
export function byteTones(byte: number): [low: number, high: number] {
  return [LOW_TONES_HZ[byte >> 4] as number, HIGH_TONES_HZ[byte & 0x0f] as number];
}

/**
 * CRC-8 (x⁸+x²+x+1) over the kind of sync, the number of bytes and the bytes.
 *
 * The kind and the number are in it so that a wrong sync or a lost symbol is noticed as well as a wrong one.
 */
export function burstChecksum(kind: SyncKind, bytes: readonly number[] | Uint8Array): number {
  let crc = 0;
  for (const byte of [kind === 'word' ? 0xa5 : 0x5a, bytes.length, ...bytes]) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x80 ? ((crc << 1) ^ 0x07) & 0xff : crc << 1;
  }
  return crc;
}

/**
 * The text that a round trip gives back: well-formed, each run of white space one space, none at the ends.
 */
export function normaliseSpeechText(text: string): string {
  return text.toWellFormed().replace(/\s+/gu, ' ').trim();
}

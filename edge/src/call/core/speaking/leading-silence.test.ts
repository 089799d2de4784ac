import { encodeMulaw, MULAW_SILENCE } from '@patchcord/shared/audio/g711';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leadingSilenceBytes, withoutTrailingSilence } from './leading-silence.ts';

const MS = 8;

const silence = (ms: number): Uint8Array => new Uint8Array(ms * MS).fill(MULAW_SILENCE);

/** A tone of this amplitude in samples. */
const tone = (ms: number, amplitude = 8000): Uint8Array =>
  encodeMulaw(
    Int16Array.from({ length: ms * MS }, (_, i) => Math.round(amplitude * Math.sin(i * 0.35))),
  );

const joined = (...parts: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => [...part]));

describe('silence before a word', () => {
  it('need not be played, but for ten milliseconds of it', () => {
    expect(leadingSilenceBytes(joined(silence(200), tone(100)))).toBe(190 * MS);
  });

  it('is none where the word begins at once, or within those ten milliseconds', () => {
    expect(leadingSilenceBytes(tone(100))).toBe(0);
    expect(leadingSilenceBytes(joined(silence(10), tone(100)))).toBe(0);
  });

  it('is all there is where nothing can be heard', () => {
    expect(leadingSilenceBytes(silence(150))).toBe(150 * MS);
    expect(leadingSilenceBytes(new Uint8Array(0))).toBe(0);
    // The noise of a line.
    expect(leadingSilenceBytes(tone(150, 60))).toBe(150 * MS);
  });

  it('ends where a soft beginning is heard', () => {
    expect(leadingSilenceBytes(joined(silence(100), tone(20, 300), tone(100)))).toBe(90 * MS);
  });
});

describe('silence behind a word', () => {
  it('is left out', () => {
    expect(withoutTrailingSilence(joined(tone(100), silence(200)))).toHaveLength(100 * MS);
  });

  it('is left as it is where there is no word', () => {
    expect(withoutTrailingSilence(silence(50))).toHaveLength(50 * MS);
    expect(withoutTrailingSilence(new Uint8Array(0))).toHaveLength(0);
  });
});

it('never cuts a sound, however it lies in the audio', () => {
  const part = fc.record({ isTone: fc.boolean(), bytes: fc.integer({ min: 1, max: 900 }) });
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
      const audio = joined(
        ...parts.map(({ isTone, bytes }) =>
          isTone ? new Uint8Array(bytes).fill(0x10) : new Uint8Array(bytes).fill(MULAW_SILENCE),
        ),
      );
      const first = audio.indexOf(0x10);
      const skipped = leadingSilenceBytes(audio);
      expect(skipped).toBeLessThanOrEqual(first < 0 ? audio.length : first);
      const kept = withoutTrailingSilence(audio);
      expect(kept.length).toBeGreaterThan(audio.lastIndexOf(0x10));
      expect(kept).toEqual(audio.subarray(0, kept.length));
    }),
  );
});

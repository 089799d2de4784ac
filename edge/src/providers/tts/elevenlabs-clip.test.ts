import { encodeMulaw, MULAW_SILENCE } from '@patchcord/shared/audio/g711';
import { BYTES_PER_MS } from '@patchcord/shared/media-streams/limits';
import { describe, expect, it } from 'vitest';
import { withoutPause } from '../../call/core/speaking/clips.ts';
import type { Alignment } from '../../call/core/contract.ts';
import { WordAlignment } from '../../call/core/speaking/word-alignment.ts';
import { clipOf } from './elevenlabs-clip.ts';

const LOUD = encodeMulaw(Int16Array.of(8000))[0] ?? 0;

/** So many milliseconds of silence, of sound, and of silence. */
function sound(leadMs: number, soundMs: number, tailMs: number): Uint8Array {
  const mulaw = new Uint8Array((leadMs + soundMs + tailMs) * BYTES_PER_MS).fill(MULAW_SILENCE);
  return mulaw.fill(LOUD, leadMs * BYTES_PER_MS, (leadMs + soundMs) * BYTES_PER_MS);
}

/** "Hi you.": from 200 ms on, 50 ms a character, the last one with the silence behind it. */
const TEXT = 'Hi you.';
const TIMES: Alignment = {
  chars: Array.from(TEXT),
  startsMs: [200, 250, 300, 350, 400, 450, 500],
  durationsMs: [50, 50, 50, 50, 50, 50, 250],
};
const MULAW = sound(200, 350, 200);

/** Where each word ends, in milliseconds. */
function wordEnds(text: string, mulaw: Uint8Array, alignment?: Alignment): [number, number][] {
  const words = new WordAlignment();
  words.append(text);
  return words
    .advance(mulaw.length, alignment)
    .map(({ chars, atByte }) => [chars, atByte / BYTES_PER_MS]);
}

describe('a clip of the voice', () => {
  it('begins just before its first sound, and so do the times of its words', () => {
    const clip = clipOf(TEXT, MULAW, TIMES);
    expect(clip?.mulaw).toHaveLength((MULAW.length / BYTES_PER_MS - 190) * BYTES_PER_MS);
    expect(wordEnds(TEXT, MULAW, TIMES)[0]).toEqual([2, 300]);
    expect(wordEnds(TEXT, clip?.mulaw ?? MULAW, clip?.alignment)[0]).toEqual([2, 110]);
  });

  it('keeps a beginning that is softer than silence, where the voice says that it is one', () => {
    const soft = { ...TIMES, startsMs: [120, ...TIMES.startsMs.slice(1)] };
    expect(clipOf(TEXT, MULAW, soft)?.mulaw).toHaveLength(MULAW.length - 120 * BYTES_PER_MS);
    const silenceFirst = { ...TIMES, startsMs: [0, ...TIMES.startsMs.slice(1)] };
    const clip = clipOf(TEXT, MULAW, silenceFirst);
    expect(clip?.mulaw).toHaveLength(MULAW.length - 190 * BYTES_PER_MS);
    expect(clip?.alignment?.startsMs[0]).toBe(0);
  });

  it('has its last word in it, also where that is said to end later, and without the pause', () => {
    const late = { ...TIMES, durationsMs: [...TIMES.durationsMs.slice(0, -1), 900] };
    const clip = clipOf(TEXT, MULAW, late) ?? { mulaw: MULAW };
    for (const each of [clip, withoutPause(clip)]) {
      const ends = wordEnds(TEXT, each.mulaw, each.alignment);
      expect(ends.at(-1)).toEqual([TEXT.length, each.mulaw.length / BYTES_PER_MS]);
    }
    expect(withoutPause(clip).mulaw.length).toBeLessThan(clip.mulaw.length);
  });

  it.each([
    ['of another text', { ...TIMES, chars: Array.from('Oh dear') }],
    ['of its beginning', { chars: ['H', 'i'], startsMs: [200, 250], durationsMs: [50, 50] }],
    ['that are not there', undefined],
  ])('has no times of its words but those that are reckoned: %s', (_, times) => {
    expect(clipOf(TEXT, MULAW, times)?.alignment).toBeUndefined();
  });

  it.each([
    ['silence', sound(500, 0, 0)],
    ['nothing', new Uint8Array(0)],
    ['more than two minutes', sound(0, 121_000, 0)],
  ])('is none: %s', (_, mulaw) => {
    expect(clipOf(TEXT, mulaw, undefined)).toBeUndefined();
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeClip, encodeClip } from './clip-file.ts';

const MULAW = Uint8Array.from({ length: 4000 }, (_, i) => i % 256);
const ALIGNMENT = { chars: ['H', '你'], startsMs: [0, 200.5], durationsMs: [200.5, 299.5] };
const FILE = encodeClip('H你', { mulaw: MULAW, alignment: ALIGNMENT });

function changed(at: number, byte: number): Uint8Array {
  const file = FILE.slice();
  file[at] = byte;
  return file;
}

describe('a clip in R2', () => {
  it('comes back as it was, with and without the times of its characters', () => {
    expect(decodeClip('H你', FILE)).toEqual({ mulaw: MULAW, alignment: ALIGNMENT });
    expect(decodeClip('x', encodeClip('x', { mulaw: MULAW }))).toEqual({ mulaw: MULAW });
  });

  it('comes back from the middle of a buffer too', () => {
    const buffer = new Uint8Array(FILE.length + 20);
    buffer.set(FILE, 13);
    expect(decodeClip('H你', buffer.subarray(13, 13 + FILE.length))?.mulaw).toEqual(MULAW);
  });

  it('is none when any of it is missing, or there is more of it', () => {
    for (let length = 0; length < FILE.length; length++) {
      expect([length, decodeClip('H你', FILE.subarray(0, length))]).toEqual([length, undefined]);
    }
    expect(decodeClip('H你', Uint8Array.of(...FILE, 0))).toBeUndefined();
  });

  it.each([
    ['another text', 'H', FILE],
    ['another kind of file', 'H你', changed(0, 0x51)],
    ['another version', 'H你', changed(3, 2)],
    ['a header of four gigabytes', 'H你', changed(4, 255)],
    ['a header that ends elsewhere', 'H你', changed(7, 3)],
    ['a header that is no JSON', 'H你', changed(8, 0x5b)],
    ['no audio', 'H你', encodeClip('H你', { mulaw: new Uint8Array(0) })],
    [
      'fewer times than characters',
      'H你',
      encodeClip('H你', { mulaw: MULAW, alignment: { ...ALIGNMENT, startsMs: [0] } }),
    ],
    [
      'a time before the beginning',
      'H你',
      encodeClip('H你', { mulaw: MULAW, alignment: { ...ALIGNMENT, startsMs: [-1, 200] } }),
    ],
  ])('is none: %s', (_, text, file) => {
    expect(decodeClip(text, file)).toBeUndefined();
  });

  it('is read without an exception, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.nat(), (bytes, at) => {
        const file = FILE.slice();
        file.set(bytes, at % (FILE.length - 64));
        for (const each of [bytes, file]) {
          const clip = decodeClip('H你', each);
          if (clip !== undefined) expect(clip.mulaw).toHaveLength(MULAW.length);
        }
      }),
      { seed: 7 },
    );
  });
});

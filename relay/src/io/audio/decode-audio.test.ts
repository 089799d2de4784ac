import { readFileSync } from 'node:fs';
import { decodeMulaw, encodeMulaw } from '@patchcord/shared/audio/g711';
import { encodeWav } from '@patchcord/shared/audio/wav';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeAudio, ENCODED_BYTES_MAX } from './decode-audio.ts';

const NEVER = new AbortController().signal;

function tone(rateHz: number, seconds: number): Int16Array {
  return Int16Array.from(
    { length: rateHz * seconds },
    (_, i) => 8000 * Math.sin((2 * Math.PI * 440 * i) / rateHz),
  );
}

function vector(name: string): Uint8Array<ArrayBuffer> {
  const url = new URL(`../../../../tests/vectors/mp3/${name}`, import.meta.url);
  return Uint8Array.from(readFileSync(url));
}

/** How much of the audio is the tone of 440 Hz with an amplitude of 8,000, and nothing else. */
function toneShare(mulaw: Uint8Array): number {
  const samples = decodeMulaw(mulaw).subarray(800, 3200);
  let real = 0;
  let imaginary = 0;
  let energy = 0;
  samples.forEach((sample, i) => {
    real += sample * Math.cos((2 * Math.PI * 440 * i) / 8000);
    imaginary += sample * Math.sin((2 * Math.PI * 440 * i) / 8000);
    energy += sample * sample;
  });
  expect(Math.sqrt(energy / samples.length) * Math.SQRT2).toBeCloseTo(8000, -3);
  return (2 * (real ** 2 + imaginary ** 2)) / samples.length / energy;
}

describe('decoding', () => {
  it.each([
    ['WAV', encodeWav([tone(8000, 0.5)], 8000), 4000],
    ['stereo WAV at 44.1 kHz', encodeWav([tone(44_100, 0.5), tone(44_100, 0.5)], 44_100), 4000],
    ['mono MP3 at 22.05 kHz', vector('tone-mono-22050.mp3'), 4598],
    ['stereo MP3 at 44.1 kHz', vector('tone-stereo-44100.mp3'), 4389],
  ])('makes µ-law of %s', async (_, bytes, length) => {
    const mulaw = await decodeAudio({ bytes }, NEVER);
    expect(mulaw).toHaveLength(length);
    expect(toneShare(mulaw)).toBeGreaterThan(0.99);
  });

  it.each([
    [{ contentType: 'audio/basic' }],
    [{ contentType: 'Audio/X-Mulaw; rate=8000' }],
    [{ contentType: 'application/octet-stream', path: '/a/greeting.ulaw' }],
    [{ path: '/hello.UL' }],
  ])('takes %j for µ-law, though it begins as an MP3 does', async (said) => {
    const bytes = Uint8Array.of(0xff, 0xfb, 0x90, 0x64, 0xff);
    expect(await decodeAudio({ bytes, ...said }, NEVER)).toEqual(bytes);
  });

  it('knows a WAV and an AU file whatever they are called', async () => {
    const wav = encodeWav([Int16Array.of(0, 1000)], 8000);
    const expected = encodeMulaw(Int16Array.of(0, 1000));
    expect(await decodeAudio({ bytes: wav, contentType: 'audio/mpeg' }, NEVER)).toEqual(expected);
    const au = Uint8Array.from([
      ...Buffer.from('2e736e6400000018ffffffff0000000100001f4000000001', 'hex'),
      ...expected,
    ]);
    expect(await decodeAudio({ bytes: au, contentType: 'audio/basic' }, NEVER)).toEqual(expected);
  });

  it.each([
    ['a page', Buffer.from('<html>'), {}, 'AUDIO_UNSUPPORTED'],
    [
      'a page that is said to be MP3',
      Buffer.from('<html>'),
      { contentType: 'audio/mpeg' },
      'AUDIO_UNSUPPORTED',
    ],
    ['nothing', Buffer.alloc(0), {}, 'AUDIO_UNSUPPORTED'],
    ['a WAV file without samples', encodeWav([new Int16Array(0)], 8000), {}, 'AUDIO_UNSUPPORTED'],
    ['a WAV file at 192 kHz', encodeWav([new Int16Array(10)], 192_000), {}, 'AUDIO_UNSUPPORTED'],
    ['an hour and a second', Buffer.alloc(3601 * 8000), { path: 'x.ul' }, 'AUDIO_TOO_LARGE'],
    [
      'an hour of 16 bit and a second',
      encodeWav([new Int16Array(3601 * 4000)], 4000),
      {},
      'AUDIO_TOO_LARGE',
    ],
    ['too many bytes', Buffer.alloc(ENCODED_BYTES_MAX + 1), {}, 'AUDIO_TOO_LARGE'],
  ])('refuses %s', async (_, bytes, said, code) => {
    const audio = { bytes: Uint8Array.from(bytes), ...said };
    await expect(decodeAudio(audio, NEVER)).rejects.toMatchObject({ code });
  });

  it('stops when it is told to', async () => {
    const bytes = encodeWav([tone(44_100, 2)], 44_100);
    const controller = new AbortController();
    const decoded = decodeAudio({ bytes }, controller.signal);
    controller.abort(new Error('hung up'));
    await expect(decoded).rejects.toThrow('hung up');
  });

  it('survives an MP3 with other bytes in it', async () => {
    const file = vector('tone-stereo-44100.mp3');
    const changes = fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(changes, fc.nat(file.length), async (pairs, length) => {
        const bytes = file.slice(0, length);
        for (const [at, value] of pairs) if (at < length) bytes[at] = value;
        const decoded = decodeAudio({ bytes, contentType: 'audio/mpeg' }, NEVER);
        const mulaw = await decoded.catch(() => new Uint8Array(0));
        expect(mulaw.length).toBeLessThan(100_000);
      }),
      { numRuns: 60 },
    );
  });
});

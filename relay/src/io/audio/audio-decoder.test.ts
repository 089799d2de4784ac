import { readFileSync } from 'node:fs';
import { encodeWav } from '@patchcord/shared/audio/wav';
import { afterEach, expect, it } from 'vitest';
import { AudioDecoder } from './audio-decoder.ts';

const NEVER = new AbortController().signal;

const owned: AudioDecoder[] = [];
afterEach(async () => {
  await Promise.all(owned.splice(0).map((decoder) => decoder.close()));
});

function openDecoder(options = {}): AudioDecoder {
  const decoder = new AudioDecoder(options);
  owned.push(decoder);
  return decoder;
}

function silence(seconds: number): Uint8Array<ArrayBuffer> {
  return encodeWav([new Int16Array(16_000 * seconds)], 16_000);
}

it('decodes in its thread, several files at once', async () => {
  const decoder = openDecoder();
  const mp3 = Uint8Array.from(
    readFileSync(new URL('../../../../tests/vectors/mp3/tone-mono-22050.mp3', import.meta.url)),
  );
  const decoded = await Promise.all([
    decoder.decode({ bytes: silence(2) }, NEVER),
    decoder.decode({ bytes: mp3 }, NEVER),
    decoder.decode({ bytes: Uint8Array.of(1, 2), path: 'a.ul' }, NEVER),
  ]);
  expect(decoded.map((mulaw) => Math.round(mulaw.length / 800))).toEqual([20, 6, 0]);
});

it('says what the thread says', async () => {
  const decoded = openDecoder().decode({ bytes: Uint8Array.of(1, 2, 3) }, NEVER);
  await expect(decoded).rejects.toMatchObject({ code: 'AUDIO_UNSUPPORTED' });
});

it('gives up a file whose caller has left, and goes on with the next', async () => {
  const decoder = openDecoder();
  const controller = new AbortController();
  const first = decoder.decode({ bytes: silence(60) }, controller.signal);
  const second = decoder.decode({ bytes: silence(1) }, NEVER);
  controller.abort(new Error('hung up'));
  await expect(first).rejects.toThrow('hung up');
  expect(await second).toHaveLength(8000);
});

it('throws a thread away that takes too long, and starts another', async () => {
  const decoder = openDecoder({ timeoutMs: 1 });
  await expect(decoder.decode({ bytes: silence(60) }, NEVER)).rejects.toMatchObject({
    code: 'AUDIO_UNSUPPORTED',
    message: 'not decoded within 0.001 s',
  });
  await expect(decoder.decode({ bytes: silence(60) }, NEVER)).rejects.toThrow('not decoded');
});

it('starts another thread after it rested', async () => {
  const decoder = openDecoder({ idleMs: 0 });
  expect(await decoder.decode({ bytes: silence(1) }, NEVER)).toHaveLength(8000);
  expect(await decoder.decode({ bytes: silence(1) }, NEVER)).toHaveLength(8000);
});

it('takes no more files than its bound', async () => {
  const decoder = openDecoder({ pendingMax: 1 });
  const first = decoder.decode({ bytes: silence(1) }, NEVER);
  const second = decoder.decode({ bytes: silence(1) }, NEVER);
  await expect(second).rejects.toMatchObject({ code: 'AUDIO_TOO_LARGE' });
  expect(await first).toHaveLength(8000);
});

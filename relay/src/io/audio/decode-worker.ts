/** The thread that decodes audio for `audio-decoder.ts`. Several files at once share it in slices. */

import { setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { describeError } from '../../core/error.ts';
import { AudioError, type AudioCode } from './audio-error.ts';
import { decodeAudio, type EncodedAudio } from './decode-audio.ts';

export type DecodeRequest =
  | { readonly kind: 'decode'; readonly id: number; readonly audio: EncodedAudio }
  | { readonly kind: 'cancel'; readonly id: number };

export type DecodeReply =
  | { readonly kind: 'decoded'; readonly id: number; readonly mulaw: Uint8Array<ArrayBuffer> }
  | {
      readonly kind: 'failed';
      readonly id: number;
      readonly code: AudioCode;
      readonly message: string;
    };

/** Behind every other work of the machine. On Linux a priority belongs to a thread, elsewhere to the whole process. */
const NICE = 10;
if (process.platform === 'linux') setPriority(0, NICE);

const running = new Map<number, AbortController>();

parentPort?.on('message', (request: DecodeRequest) => {
  if (request.kind === 'decode') void decode(request.id, request.audio);
  else running.get(request.id)?.abort();
});

async function decode(id: number, audio: EncodedAudio): Promise<void> {
  const controller = new AbortController();
  running.set(id, controller);
  try {
    const mulaw = Uint8Array.from(await decodeAudio(audio, controller.signal));
    const reply: DecodeReply = { kind: 'decoded', id, mulaw };
    parentPort?.postMessage(reply, [mulaw.buffer]);
  } catch (error) {
    // What no code was meant for comes from a decoder that was given something else than it can decode.
    const code = error instanceof AudioError ? error.code : 'AUDIO_UNSUPPORTED';
    const reply: DecodeReply = { kind: 'failed', id, code, message: describeError(error) };
    parentPort?.postMessage(reply, []);
  } finally {
    running.delete(id);
  }
}

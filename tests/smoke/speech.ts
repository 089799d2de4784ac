/** Speech for Azure to hear, as µ-law at 8 kHz: ElevenLabs', espeak-ng's, or tones where Azure is a stand-in. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { encodeMulaw } from '@patchcord/shared/audio/g711';
import { encodeSpeech } from '../speech/encode.ts';

const run = promisify(execFile);

export interface FoundSpeech {
  readonly source: 'ElevenLabs' | 'espeak-ng' | 'tones' | 'none';
  /** Empty with `none`. */
  readonly mulaw: Uint8Array<ArrayBuffer>;
}

export const NO_SPEECH: FoundSpeech = { source: 'none', mulaw: new Uint8Array(0) };

/** Only the stand-in understands it. */
export function toneSpeech(text: string): FoundSpeech {
  return { source: 'tones', mulaw: encodeSpeech(text).mulaw };
}

/** espeak-ng's voice, where it is installed. */
export async function espeakSpeech(text: string): Promise<FoundSpeech> {
  try {
    const { stdout } = await run('espeak-ng', ['-v', 'en-us', '-s', '150', '--stdout', text], {
      encoding: 'buffer',
      maxBuffer: 16 * 1024 * 1024,
    });
    return { source: 'espeak-ng', mulaw: encodeMulaw(to8000Hz(readWav(stdout))) };
  } catch {
    return NO_SPEECH;
  }
}

interface Wav {
  readonly rateHz: number;
  readonly samples: Int16Array;
}

/** espeak-ng writes one channel of 16 bits behind a header of 44 bytes. */
function readWav(wav: Buffer): Wav {
  const count = Math.floor((wav.length - 44) / 2);
  const samples = Int16Array.from({ length: count }, (_, index) => wav.readInt16LE(44 + 2 * index));
  return { rateHz: wav.readUInt32LE(24), samples };
}

/** Each sample is the mean of those it stands for: filter enough for a voice that is only to be understood. */
function to8000Hz({ rateHz, samples }: Wav): Int16Array {
  const step = rateHz / 8000;
  return Int16Array.from({ length: Math.floor(samples.length / step) }, (_, index) => {
    const window = samples.subarray(Math.floor(index * step), Math.floor((index + 1) * step));
    return window.reduce((sum, sample) => sum + sample, 0) / window.length;
  });
}

/** A program of this machine that speaks: espeak-ng, piper, or a script around another. */

import { spawn } from 'node:child_process';
import { basename } from 'node:path';
import { fillArgument, splitCommand, takesText } from '../../core/command-template.ts';
import { describeError } from '../../core/error.ts';
import { espeakLanguage, espeakVariant, type SayVoice } from '../../core/say-voice.ts';
import type { EncodedAudio } from './decode-audio.ts';
import { SayError } from './say-error.ts';

/** Where a program without a path is looked for. */
export const SAY_FOLDERS = ['/usr/local/bin', '/usr/bin', '/bin', '/opt/homebrew/bin'] as const;

/** Ten minutes of espeak-ng, five of 48 kHz. */
const OUTPUT_BYTES_MAX = 32 * 1024 * 1024;
const COMPLAINT_LENGTH_MAX = 200;
/** All that the program sees of our environment, which holds passwords. */
const ENVIRONMENT = {
  PATH: SAY_FOLDERS.join(':'),
  LANG: 'C.UTF-8',
};

/**
 * Runs the command without a shell and answers what it wrote to its standard output. A program whose name begins with
 * `espeak` gets the names that it knows for language and voice, any other BCP 47 and Twilio's.
 *
 * Rejects with a {@link SayError}; with the signal's reason, after killing the program, once that is aborted.
 */
export async function runSayCommand(
  template: string,
  text: string,
  { voice, language }: SayVoice,
  signal: AbortSignal,
): Promise<EncodedAudio> {
  const words = splitCommand(template);
  const [program] = words ?? [];
  if (words === undefined || program === undefined) throw new SayError('not a command');
  const isEspeak = basename(program).startsWith('espeak');
  const values = {
    text,
    language: isEspeak ? espeakLanguage(language) : language,
    voice: isEspeak ? espeakVariant(voice) : voice,
  };
  const programArguments = words.slice(1).map((word) => fillArgument(word, values));

  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<EncodedAudio>();
  const child = spawn(program, programArguments, { env: ENVIRONMENT, stdio: 'pipe' });
  const fail = (error: unknown): void => {
    child.kill('SIGKILL');
    reject(error);
  };
  const abort = (): void => fail(signal.reason);
  signal.addEventListener('abort', abort, { once: true });

  const buffer = new ArrayBuffer(0, { maxByteLength: OUTPUT_BYTES_MAX });
  const bytes = new Uint8Array(buffer);
  child.stdout.on('data', (chunk: Buffer) => {
    const start = buffer.byteLength;
    if (start + chunk.length > OUTPUT_BYTES_MAX) {
      fail(new SayError(`wrote more than ${OUTPUT_BYTES_MAX / 1024 / 1024} MiB`));
      return;
    }
    buffer.resize(start + chunk.length);
    bytes.set(chunk, start);
  });
  let complaint = '';
  child.stderr.setEncoding('utf8');
  child.stderr.on('data', (chunk: string) => {
    if (complaint.length < COMPLAINT_LENGTH_MAX) complaint += chunk;
  });
  child.on('error', (cause) => fail(new SayError(`cannot run ${program}`, { cause })));
  child.on('close', (code, killedBy) => {
    if (code === 0 && bytes.length > 0) {
      resolve({ bytes });
      return;
    }
    const end = killedBy === null ? `exit code ${code}` : killedBy;
    const [line = ''] = complaint.slice(0, COMPLAINT_LENGTH_MAX).split('\n', 1);
    const detail = code === 0 ? 'wrote no audio' : `ended with ${end}`;
    reject(new SayError(`${basename(program)} ${detail}${line === '' ? '' : `: ${line}`}`));
  });
  // A program that does not read, or has ended already, closes the pipe: how it ended says more.
  child.stdin.on('error', (error) => (complaint ||= describeError(error)));
  child.stdin.end(takesText(words) ? undefined : text);
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** `<Record>`: a beep, then the caller's voice into a file. */

import { setTimeout as pause } from 'node:timers/promises';
import type { RecordStep, StepOutcome } from '../../core/twiml/step.ts';
import { recordBeep } from '../../core/tones.ts';
import { Recording } from '../recording.ts';
import type { Line } from './line.ts';
import { playAudio } from './play-audio.ts';

/** How often silence is looked at. */
const LOOK_MS = 100;

export async function record(step: RecordStep, line: Line): Promise<StepOutcome> {
  const { context, account, log, media, documentUrl, signal } = line;
  if (step.playBeep) await playAudio(media, recordBeep(), 1, signal);
  if (signal.aborted) return { kind: 'done' };
  const recording = await Recording.start({
    context,
    account,
    log,
    media,
    documentUrl,
    source: 'RecordVerb',
    channels: 'mono',
    track: 'inbound',
    isTrimmed: step.trim === 'trim-silence',
    ...(step.callback === undefined ? {} : { callback: step.callback }),
  });
  const key = await untilOver(step, line, recording);
  const { sid, status, durationSeconds = 0 } = await recording.stop();
  if (status !== 'completed') return { kind: status === 'failed' ? 'failed' : 'done' };
  const parameters = {
    RecordingUrl: recording.url,
    RecordingDuration: String(durationSeconds),
    RecordingSid: sid,
    Digits: signal.aborted ? 'hangup' : key,
  };
  if (!signal.aborted) return { kind: 'action', address: step.action, parameters };
  // Nobody is there to hear another document, but whoever asked for the recording wants to know of it.
  if (signal.reason === 'caller-left') {
    account.tell(step.action, documentUrl, parameters);
  }
  return { kind: 'done' };
}

/** Resolves with the key that ended it, or nothing: a silence, the longest length, or the end of the call. */
async function untilOver(step: RecordStep, line: Line, recording: Recording): Promise<string> {
  const over = new AbortController();
  let key = '';
  const off = line.onDigit((digit) => {
    if (!step.finishOnKey.includes(digit)) return;
    key = digit;
    over.abort();
  });
  const signal = AbortSignal.any([
    line.signal,
    over.signal,
    AbortSignal.timeout(step.maxLengthSeconds * 1000),
  ]);
  const silentMsMax = step.timeoutSeconds === 0 ? Infinity : step.timeoutSeconds * 1000;
  try {
    while (recording.recorder.silentMs < silentMsMax) {
      await pause(LOOK_MS, undefined, { signal });
    }
  } catch {
    // One of the signals ended it.
  }
  off();
  return key;
}

/** The recording of a `<Dial>`: what the caller says and hears. One that cannot be made does not end the call. */

import type { DialRecording } from '../../core/twiml/step.ts';
import { Recording } from '../recording.ts';
import type { Line } from './line.ts';

export async function startDialRecording(
  wanted: DialRecording,
  line: Line,
): Promise<Recording | undefined> {
  const { context, account, log, media, documentUrl } = line;
  const { channels, trim, callback } = wanted;
  try {
    return await Recording.start({
      context,
      account,
      log,
      media,
      documentUrl,
      source: 'DialVerb',
      channels,
      track: 'both',
      isTrimmed: trim === 'trim-silence',
      ...(callback === undefined ? {} : { callback }),
    });
  } catch (error) {
    line.problem(error);
    return undefined;
  }
}

/** Ends it, and answers what `action` is told of it. */
export async function endDialRecording(
  recording: Recording | undefined,
): Promise<Readonly<Record<string, string>>> {
  if (recording === undefined) return {};
  const { sid, status, durationSeconds = 0 } = await recording.stop();
  if (status !== 'completed') return {};
  return {
    RecordingUrl: recording.url,
    RecordingSid: sid,
    RecordingDuration: String(durationSeconds),
  };
}

/** One recording: a {@link Recorder} into a WAV file, and its place among the recordings of the store. */

import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir, open, rm } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { join } from 'node:path';
import { WAV_HEADER_BYTES, wavHeader } from '@patchcord/shared/audio/wav-header';
import type { RecordingCallback, RecordingEvent } from '@patchcord/shared/twilio/call-control';
import type { RecordingRecord } from '@patchcord/shared/twilio/call-record';
import { newSid } from '@patchcord/shared/twilio/sid';
import { describeError, RelayError } from '../core/error.ts';
import type { CallMedia } from '../core/call/media.ts';
import { recordingFields } from '../core/call/webhook-fields.ts';
import { Recorder } from '../core/recorder.ts';
import type { CallAccount } from './call-account.ts';
import type { CallContext } from './call-context.ts';
import type { Log } from './log.ts';

const SAMPLE_RATE_HZ = 8000;

/** Samples that the disk has not taken yet: beyond ten seconds of two channels the recording has failed. */
const UNWRITTEN_BYTES_MAX = 10 * SAMPLE_RATE_HZ * 4;

export interface RecordingOptions {
  readonly context: CallContext;
  readonly account: CallAccount;
  readonly log: Log;
  readonly media: CallMedia;
  readonly source: RecordingRecord['source'];
  readonly channels: 'mono' | 'dual';
  readonly track: 'inbound' | 'outbound' | 'both';
  readonly isTrimmed: boolean;
  readonly callback?: RecordingCallback;
  /** What relative callback addresses start from. */
  readonly documentUrl: string;
}

export class Recording {
  readonly sid = newSid('RE');
  readonly recorder: Recorder;
  readonly #options: RecordingOptions;
  readonly #path: string;
  readonly #file: WriteStream;
  readonly #startedAt = Date.now();
  #failure: unknown;
  #stopping: Promise<RecordingRecord> | undefined;

  private constructor(options: RecordingOptions, directory: string) {
    this.#options = options;
    this.#path = join(directory, `${this.sid}.wav`);
    this.#file = createWriteStream(this.#path, { mode: 0o600 });
    this.#file.on('error', (error) => (this.#failure ??= error));
    this.#file.write(new Uint8Array(WAV_HEADER_BYTES));
    this.recorder = new Recorder({ ...options, write: (pcm) => this.#write(pcm) });
  }

  /** Begins at once. Rejects with `RECORDING_FAILED` where the folder cannot be made. */
  static async start(options: RecordingOptions): Promise<Recording> {
    const directory = join(options.context.config.dataDirectory, 'recordings');
    try {
      await mkdir(directory, { recursive: true, mode: 0o700 });
    } catch (cause) {
      throw new RelayError('RECORDING_FAILED', `cannot make ${directory}`, { cause });
    }
    const recording = new Recording(options, directory);
    options.media.addListener(recording.recorder);
    options.media.addHeardListener(recording.recorder);
    recording.#call('in-progress', recording.#save('in-progress'));
    options.log.info({ recordingSid: recording.sid }, 'recording');
    return recording;
  }

  /** Where REST has it, without an extension. */
  get url(): string {
    const { context, account } = this.#options;
    const { publicUrl } = context.config;
    return `${publicUrl}/2010-04-01/Accounts/${account.record.accountSid}/Recordings/${this.sid}`;
  }

  /** Ends it; the file is whole when this resolves. */
  stop(): Promise<RecordingRecord> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<RecordingRecord> {
    const { media, log, context } = this.#options;
    media.removeListener(this.recorder);
    media.removeHeardListener(this.recorder);
    const { bytes, channels } = this.recorder;
    try {
      this.#file.end();
      await finished(this.#file);
      if (this.#failure !== undefined) throw this.#failure;
      const file = await open(this.#path, 'r+');
      const header = wavHeader({ channels, sampleRateHz: SAMPLE_RATE_HZ, dataBytes: bytes });
      await file.write(header, 0, header.length, 0);
      await file.close();
    } catch (error) {
      context.counters.error('RECORDING_FAILED');
      log.error({ code: 'RECORDING_FAILED', recordingSid: this.sid }, describeError(error));
      await rm(this.#path, { force: true }).catch(() => {});
      return this.#save('failed');
    }
    const isAbsent = bytes === 0;
    if (isAbsent) await rm(this.#path, { force: true });
    const record = this.#save(isAbsent ? 'absent' : 'completed');
    log.info({ recordingSid: this.sid, durationSeconds: record.durationSeconds }, 'recorded');
    this.#call(isAbsent ? 'absent' : 'completed', record);
    return record;
  }

  #write(pcm: Uint8Array): void {
    if (this.#failure !== undefined) return;
    if (this.#file.writableLength > UNWRITTEN_BYTES_MAX) {
      this.#failure = new RelayError('RECORDING_FAILED', 'the disk is too slow');
      return;
    }
    this.#file.write(pcm);
  }

  #save(status: RecordingRecord['status']): RecordingRecord {
    const { account, source, context, track } = this.#options;
    const { channels, durationMs } = this.recorder;
    const record: RecordingRecord = {
      sid: this.sid,
      accountSid: account.record.accountSid,
      callSid: account.record.sid,
      status,
      source,
      channels,
      track,
      startedAt: this.#startedAt,
      updatedAt: Date.now(),
      ...(status === 'in-progress' ? {} : { durationSeconds: Math.round(durationMs / 1000) }),
    };
    context.services.store.saveRecording(record, this.#path);
    return record;
  }

  #call(event: RecordingEvent, record: RecordingRecord): void {
    const { callback, account, documentUrl } = this.#options;
    if (callback === undefined || !callback.events.includes(event)) return;
    account.callBack(callback, documentUrl, recordingFields(record, this.url));
  }
}

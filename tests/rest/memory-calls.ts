/** Calls that exist in memory only: what the REST router can be tried on without a PBX. */

import {
  TwilioError,
  type CallControl,
  type CallFilter,
  type CreateCall,
  type PageOf,
  type PageRequest,
  type StreamRequest,
  type UpdateCall,
} from '@patchcord/shared/twilio/call-control';
import {
  FINAL_STATUSES,
  type CallRecord,
  type RecordingRecord,
  type StreamRecord,
} from '@patchcord/shared/twilio/call-record';
import { newSid } from '@patchcord/shared/twilio/sid';

export class MemoryCalls implements CallControl {
  /** Newest first. */
  readonly calls: CallRecord[] = [];
  readonly streams: StreamRecord[] = [];
  readonly allRecordings: RecordingRecord[] = [];
  /** What was asked for, parsed. */
  readonly created: CreateCall[] = [];
  readonly updated: UpdateCall[] = [];
  readonly streamRequests: StreamRequest[] = [];
  readonly #accountSid: string;
  #now = Date.UTC(2026, 10, 22, 12);

  constructor(accountSid: string) {
    this.#accountSid = accountSid;
  }

  /** A call that was there before. */
  add(record: Partial<CallRecord>): CallRecord {
    this.#now += 1000;
    const call: CallRecord = {
      sid: newSid('CA'),
      accountSid: this.#accountSid,
      direction: 'outbound-api',
      from: '+15005550006',
      to: '+14155551212',
      status: 'queued',
      createdAt: this.#now,
      updatedAt: this.#now,
      ...record,
    };
    this.calls.unshift(call);
    return call;
  }

  addRecording(callSid: string): RecordingRecord {
    this.#now += 1000;
    const recording: RecordingRecord = {
      sid: newSid('RE'),
      accountSid: this.#accountSid,
      callSid,
      status: 'completed',
      source: 'OutboundAPI',
      channels: 2,
      startedAt: this.#now,
      updatedAt: this.#now,
      durationSeconds: 7,
    };
    this.allRecordings.unshift(recording);
    return recording;
  }

  async create(request: CreateCall): Promise<CallRecord> {
    this.created.push(request);
    return this.add({ from: request.from, to: request.to });
  }

  async fetch(callSid: string): Promise<CallRecord> {
    return found(this.calls, callSid);
  }

  async list(filter: CallFilter, page: PageRequest): Promise<PageOf<CallRecord>> {
    const { to, from, status, startedFrom = -Infinity, startedUntil = Infinity } = filter;
    const isDated = filter.startedFrom !== undefined || filter.startedUntil !== undefined;
    const matching = this.calls.filter(
      (call) =>
        (to === undefined || call.to === to) &&
        (from === undefined || call.from === from) &&
        (status === undefined || call.status === status) &&
        (!isDated ||
          (call.startedAt !== undefined &&
            call.startedAt >= startedFrom &&
            call.startedAt <= startedUntil)),
    );
    return pageOf(matching, page);
  }

  async update(callSid: string, request: UpdateCall): Promise<CallRecord> {
    const call = found(this.calls, callSid);
    if (FINAL_STATUSES.has(call.status)) {
      throw new TwilioError(400, 21220, 'Call is not in-progress. Cannot redirect.');
    }
    this.updated.push(request);
    const changed = { ...call, status: request.status ?? call.status };
    this.calls[this.calls.indexOf(call)] = changed;
    return changed;
  }

  async remove(callSid: string): Promise<void> {
    this.calls.splice(this.calls.indexOf(found(this.calls, callSid)), 1);
  }

  async startStream(callSid: string, request: StreamRequest): Promise<StreamRecord> {
    const { sid } = found(this.calls, callSid);
    this.streamRequests.push(request);
    const stream: StreamRecord = {
      sid: newSid('MZ'),
      accountSid: this.#accountSid,
      callSid: sid,
      status: 'in-progress',
      updatedAt: this.#now,
      ...(request.name === undefined ? {} : { name: request.name }),
    };
    this.streams.push(stream);
    return stream;
  }

  async stopStream(callSid: string, sidOrName: string): Promise<StreamRecord> {
    const stream = this.streams.find(
      (each) => each.callSid === callSid && (each.sid === sidOrName || each.name === sidOrName),
    );
    if (stream === undefined) throw new TwilioError(404, 20404, 'no such stream');
    return { ...stream, status: 'stopped' };
  }

  async recordings(callSid: string, page: PageRequest): Promise<PageOf<RecordingRecord>> {
    return pageOf(
      this.allRecordings.filter((each) => each.callSid === callSid),
      page,
    );
  }

  async recording(callSid: string, recordingSid: string): Promise<RecordingRecord> {
    const recording = found(this.allRecordings, recordingSid);
    if (recording.callSid !== callSid) throw new TwilioError(404, 20404, 'another call');
    return recording;
  }

  async findRecording(recordingSid: string): Promise<RecordingRecord> {
    return found(this.allRecordings, recordingSid);
  }

  async recordingMedia() {
    async function* chunks() {
      yield Buffer.from('RIFF');
      yield Buffer.from('WAVE');
    }
    return { bytes: 8, chunks: chunks() };
  }

  async removeRecording(_callSid: string, recordingSid: string): Promise<void> {
    const recording = found(this.allRecordings, recordingSid);
    this.allRecordings.splice(this.allRecordings.indexOf(recording), 1);
  }
}

function found<T extends { readonly sid: string }>(all: readonly T[], sid: string): T {
  const one = all.find((each) => each.sid === sid);
  if (one !== undefined) return one;
  throw new TwilioError(404, 20404, `The requested resource ${sid} was not found`);
}

function pageOf<T extends { readonly sid: string }>(
  all: readonly T[],
  { size, after, before }: PageRequest,
): PageOf<T> {
  const start =
    after !== undefined
      ? all.findIndex(({ sid }) => sid === after) + 1
      : before !== undefined
        ? Math.max(0, all.findIndex(({ sid }) => sid === before) - size)
        : 0;
  return { items: all.slice(start, start + size), hasMore: start + size < all.length };
}

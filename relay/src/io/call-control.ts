/** Twilio's REST interface, carried out by the relay: the calls that live, and those the store remembers. */

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { isPrivateHost } from '@patchcord/shared/private-host';
import {
  TwilioError,
  type CallControl,
  type CallFilter,
  type CreateCall,
  type PageOf,
  type PageRequest,
  type RecordingMedia,
  type StreamRequest,
  type UpdateCall,
} from '@patchcord/shared/twilio/call-control';
import {
  FINAL_STATUSES,
  type CallRecord,
  type RecordingRecord,
  type StreamRecord,
} from '@patchcord/shared/twilio/call-record';
import { RelayError } from '../core/error.ts';
import type { Call } from './call.ts';
import { OutboundError } from './outbound.ts';
import type { Relay } from './relay.ts';
import type { Services } from './services.ts';

export class RelayCallControl implements CallControl {
  readonly #relay: Relay;
  readonly #services: Services;

  constructor(relay: Relay) {
    this.#relay = relay;
    this.#services = relay.services;
  }

  async create(request: CreateCall): Promise<CallRecord> {
    if (!this.#relay.isConnected) {
      throw new TwilioError(503, 20503, 'The PBX is not connected: try again in a moment');
    }
    refusePlainHttp(request);
    const permit = this.#admit(request);
    const call = this.#relay.dial({ kind: 'outbound', request, permit });
    if (call === undefined) {
      permit.release();
      throw new TwilioError(
        429,
        20429,
        'Too Many Requests: MAX_CALLS is reached, or the relay is stopping',
      );
    }
    return call.account.record;
  }

  async fetch(callSid: string): Promise<CallRecord> {
    const record = this.#services.store.fetch(callSid);
    if (record === undefined) throw notFound(`Calls/${callSid}`);
    return record;
  }

  async list(filter: CallFilter, page: PageRequest): Promise<PageOf<CallRecord>> {
    return this.#services.store.list(filter, page);
  }

  async update(callSid: string, request: UpdateCall): Promise<CallRecord> {
    refusePlainHttp(request);
    const record = await this.fetch(callSid);
    const call = this.#relay.call(callSid);
    if (call === undefined || FINAL_STATUSES.has(record.status)) throw notInProgress();
    const { status } = request;
    if (status === 'canceled' && record.status === 'in-progress') throw notInProgress();
    if (!call.update(request)) throw notInProgress();
    if (status === undefined) return call.account.record;
    // Twilio answers with the status it will have; the channel is gone a few milliseconds later.
    await call.ended;
    return call.account.record;
  }

  async remove(callSid: string): Promise<void> {
    const { status } = await this.fetch(callSid);
    if (!FINAL_STATUSES.has(status)) {
      throw new TwilioError(
        400,
        20009,
        'Cannot delete this resource while the call is in progress',
      );
    }
    this.#services.store.remove(callSid);
  }

  async startStream(callSid: string, request: StreamRequest): Promise<StreamRecord> {
    const call = await this.#living(callSid);
    try {
      return call.startStream(request);
    } catch (error) {
      if (!(error instanceof RelayError)) throw error;
      throw new TwilioError(400, 20001, error.message);
    }
  }

  async stopStream(callSid: string, sidOrName: string): Promise<StreamRecord> {
    const call = await this.#living(callSid);
    const stopped = call.streams.stop(sidOrName);
    if (stopped === undefined) throw notFound(`Streams/${sidOrName}`);
    return stopped;
  }

  async recordings(callSid: string, page: PageRequest): Promise<PageOf<RecordingRecord>> {
    await this.fetch(callSid);
    return this.#services.store.recordings(callSid, page);
  }

  async recording(callSid: string, recordingSid: string): Promise<RecordingRecord> {
    const record = await this.findRecording(recordingSid);
    if (record.callSid !== callSid) throw notFound(`Recordings/${recordingSid}`);
    return record;
  }

  async findRecording(recordingSid: string): Promise<RecordingRecord> {
    const record = this.#services.store.fetchRecording(recordingSid);
    if (record === undefined) throw notFound(`Recordings/${recordingSid}`);
    return record;
  }

  async recordingMedia(callSid: string, recordingSid: string): Promise<RecordingMedia> {
    const { status } = await this.recording(callSid, recordingSid);
    const path = this.#services.store.recordingPath(recordingSid);
    if (status !== 'completed' || path === undefined) throw notFound(`Recordings/${recordingSid}`);
    const { size } = await stat(path).catch(() => {
      throw notFound(`Recordings/${recordingSid}`);
    });
    return { bytes: size, chunks: createReadStream(path) };
  }

  async removeRecording(callSid: string, recordingSid: string): Promise<void> {
    await this.recording(callSid, recordingSid);
    this.#services.store.removeRecording(recordingSid);
  }

  #admit({ to, from, callerId }: CreateCall): ReturnType<Services['outbound']['admit']> {
    try {
      return this.#services.outbound.admit(to, callerId ?? from);
    } catch (error) {
      if (!(error instanceof OutboundError)) throw error;
      this.#relay.counters.error(error.code);
      throw new TwilioError(error.httpStatus, error.twilioCode, error.message);
    }
  }

  async #living(callSid: string): Promise<Call> {
    await this.fetch(callSid);
    const call = this.#relay.call(callSid);
    if (call === undefined || call.isLeaving) throw notInProgress();
    return call;
  }
}

/** What a call is about goes over TLS, or stays in the house: the same rule as for the URLs of the configuration. */
function refusePlainHttp(request: CreateCall | UpdateCall): void {
  const { document, fallback, statusCallback } = request;
  const recording = 'recording' in request ? request.recording?.callback : undefined;
  const detection = 'machineDetection' in request ? request.machineDetection?.callback : undefined;
  const source = document?.kind === 'url' ? document : undefined;
  for (const address of [source, fallback, statusCallback, recording, detection]) {
    if (address === undefined) continue;
    const { protocol, hostname } = new URL(address.url);
    if (protocol === 'https:' || isPrivateHost(hostname)) continue;
    const message = `${address.url} must be https://; http:// is for loopback and private addresses only`;
    throw new TwilioError(400, 21205, message);
  }
}

function notFound(path: string): TwilioError {
  return new TwilioError(404, 20404, `The requested resource /${path}.json was not found`);
}

function notInProgress(): TwilioError {
  return new TwilioError(400, 21220, 'Call is not in-progress. Cannot redirect.');
}

/**
 * Media Streams messages to text, byte for byte as Twilio writes them.
 *
 * {@link StreamEncoder} is Twilio's side and owns the counters of one stream; the functions below it are a handler's side.
 *
 * @see facts: captures C1-C4 (key order, string types, one counter for everything after `connected`)
 */

import type { Dialect } from './dialect.ts';
import type {
  DtmfSent,
  DtmfSentMessage,
  Played,
  PlayedMessage,
  Transferred,
  TransferredMessage,
} from './extensions.ts';
import type { ConnectedMessage, StartMessage } from './messages.ts';

export type Track = 'inbound' | 'outbound';

export interface StreamIdentity {
  readonly accountSid: string;
  readonly callSid: string;
  readonly streamSid: string;
  readonly customParameters: Readonly<Record<string, string>>;
  /** `["inbound"]` for `<Connect>`; what `<Start>` asked for otherwise. */
  readonly tracks: readonly Track[];
}

export const CONNECTED_TEXT = JSON.stringify({
  event: 'connected',
  protocol: 'Call',
  version: '1.0.0',
} satisfies ConnectedMessage);

/** Twilio's side of one stream: start, media, mark, dtmf and stop share one sequence number. */
export class StreamEncoder {
  readonly #identity: StreamIdentity;
  readonly #hasChunkPerTrack: boolean;
  /** The end of every media message, which never changes. */
  readonly #mediaTail: string;
  #sequenceNumber = 0;
  /** Of both tracks, or of the inbound one. */
  #chunk = 0;
  #outboundChunk = 0;

  constructor(identity: StreamIdentity, { bothTracksChunk }: Pick<Dialect, 'bothTracksChunk'>) {
    this.#identity = identity;
    this.#hasChunkPerTrack = bothTracksChunk === 'per-track';
    this.#mediaTail = `"},"streamSid":${JSON.stringify(identity.streamSid)}}`;
  }

  start(): string {
    const { accountSid, callSid, streamSid, customParameters, tracks } = this.#identity;
    return JSON.stringify({
      event: 'start',
      sequenceNumber: this.#next(),
      start: {
        accountSid,
        streamSid,
        callSid,
        tracks,
        mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
        customParameters,
      },
      streamSid,
    } satisfies StartMessage);
  }

  /**
   * One 20 ms frame. Built by hand: this runs fifty times a second for every call, and every part is digits or base64,
   * so there is nothing to escape.
   */
  media(track: Track, payloadBase64: string, timestampMs: number): string {
    const isApart = this.#hasChunkPerTrack && track === 'outbound';
    const chunk = isApart ? ++this.#outboundChunk : ++this.#chunk;
    return `{"event":"media","sequenceNumber":"${++this.#sequenceNumber}","media":{"track":"${track}","chunk":"${chunk}","timestamp":"${timestampMs}","payload":"${payloadBase64}${this.#mediaTail}`;
  }

  mark(name: string): string {
    const { streamSid } = this.#identity;
    return JSON.stringify({
      event: 'mark',
      sequenceNumber: this.#next(),
      streamSid,
      mark: { name },
    });
  }

  dtmf(digit: string): string {
    const { streamSid } = this.#identity;
    return JSON.stringify({
      event: 'dtmf',
      streamSid,
      sequenceNumber: this.#next(),
      dtmf: { track: 'inbound_track', digit },
    });
  }

  /** This and the two below: for a handler that is our edge. */
  played({ samples, cleared, isPaused, timestamp }: Played): string {
    return JSON.stringify({
      event: 'played',
      sequenceNumber: this.#next(),
      streamSid: this.#identity.streamSid,
      played: {
        samples,
        ...(cleared === undefined ? {} : { cleared }),
        isPaused,
        ...(timestamp === undefined ? {} : { timestamp }),
      },
    } satisfies PlayedMessage);
  }

  transferred({ id, status, reason }: Transferred): string {
    return JSON.stringify({
      event: 'transferred',
      sequenceNumber: this.#next(),
      streamSid: this.#identity.streamSid,
      transferred: { id, status, ...(reason === undefined ? {} : { reason }) },
    } satisfies TransferredMessage);
  }

  dtmfSent({ digits, status, reason }: DtmfSent): string {
    return JSON.stringify({
      event: 'dtmf-sent',
      sequenceNumber: this.#next(),
      streamSid: this.#identity.streamSid,
      dtmf: { digits, status, ...(reason === undefined ? {} : { reason }) },
    } satisfies DtmfSentMessage);
  }

  stop(): string {
    const { accountSid, callSid, streamSid } = this.#identity;
    return JSON.stringify({
      event: 'stop',
      sequenceNumber: this.#next(),
      streamSid,
      stop: { accountSid, callSid },
    });
  }

  #next(): string {
    return String(++this.#sequenceNumber);
  }
}

/** A handler's audio: µ-law at 8 kHz of any length. */
export function encodeHandlerMedia(streamSid: string, mulaw: Uint8Array): string {
  return `{"event":"media","streamSid":${JSON.stringify(streamSid)},"media":{"payload":"${mulaw.toBase64()}"}}`;
}

export function encodeMarkRequest(streamSid: string, name: string): string {
  return JSON.stringify({ event: 'mark', streamSid, mark: { name } });
}

export function encodeClear(streamSid: string): string {
  return JSON.stringify({ event: 'clear', streamSid });
}

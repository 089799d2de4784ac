/**
 * One Media Stream, as Twilio would run it: the caller's audio, and for a stream of `<Start>` what the caller hears, becomes
 * `media` messages; the messages of a handler of `<Connect>` become audio to play, marks and clears.
 *
 * Sockets and clocks are outside: text goes out through {@link StreamPorts}, time comes in with each call.
 *
 * @see facts sections 1-4; DESIGN section 5
 */

import { HandlerDecoder } from '@patchcord/shared/media-streams/decode';
import type { DecodeCode } from '@patchcord/shared/media-streams/decode-failure';
import type { Dialect } from '@patchcord/shared/media-streams/dialect';
import {
  CONNECTED_TEXT,
  StreamEncoder,
  type StreamIdentity,
  type Track,
} from '@patchcord/shared/media-streams/encode';
import type {
  DtmfSent,
  HangupMessage,
  PatchcordFromEdge,
  SendDtmfMessage,
  Transferred,
  TransferMessage,
} from '@patchcord/shared/media-streams/extensions';
import { BYTES_PER_MS, FRAME_MS } from '@patchcord/shared/media-streams/limits';
import { PlayoutQueue } from '../playout-queue.ts';
import { CallerClock } from '../rtp/caller-clock.ts';
import { Reframer } from '../rtp/reframer.ts';
import type { RtpPacket } from '../rtp/packet.ts';
import type { CallerListener, HeardListener, MediaSource } from '../call/media.ts';

/** Unsent bytes of a socket at which the handler counts as slow: about two seconds of caller audio. */
const UNSENT_BYTES_MAX = 32 * 1024;

/** `<Connect>` is both ways; a handler of `<Start>` only listens. */
export type StreamMode = 'bidirectional' | 'unidirectional';

/** What our edge asks of the call. */
export type CallRequest = TransferMessage | HangupMessage | SendDtmfMessage;

export interface StreamPorts {
  /** Sends one text frame. */
  sendText(text: string): void;
  /** Bytes given to {@link sendText} that have not left yet. */
  unsentBytes(): number;
  /** Only of a stream that was opened with extensions. */
  request(request: CallRequest): void;
  /** Something the developer of the handler should know. */
  report(report: StreamReport): void;
}

export type StreamReportCode =
  | DecodeCode
  /** The handler reads too slowly; caller audio was dropped. */
  | 'STREAM_SLOW_READER'
  /** More than ten minutes of audio queued; the new audio was refused. */
  | 'STREAM_QUEUE_FULL'
  | 'STREAM_TOO_MANY_MARKS'
  /** The handler of a `<Start>` stream sent something: nobody could hear it. */
  | 'STREAM_ONE_WAY';

export interface StreamReport {
  readonly code: StreamReportCode;
  /** Twilio's own number for it, facts section 3. */
  readonly twilioCode: 31924 | 31930 | 31931 | 31950 | 31951;
  /** Twilio warns once for each stream and number: true the first time. */
  readonly isFirst: boolean;
  readonly detail: string;
}

export interface StreamCounters {
  framesSent: number;
  /** Caller audio that a slow handler never got. */
  framesDropped: number;
  bytesReceived: number;
  marksPlayed: number;
  marksCleared: number;
  clears: number;
  /** Messages that broke a rule. */
  badMessages: number;
}

interface HeldFrame {
  readonly track: Track;
  readonly mulaw: Uint8Array;
  readonly timestampMs: number;
}

const TWILIO_CODES: Readonly<Record<StreamReportCode, StreamReport['twilioCode']>> = {
  STREAM_BINARY: 31950,
  STREAM_TOO_LARGE: 31951,
  STREAM_NOT_JSON: 31951,
  STREAM_UNKNOWN_EVENT: 31951,
  STREAM_BAD_FIELD: 31951,
  STREAM_WRONG_SID: 31951,
  STREAM_NOT_BASE64: 31951,
  STREAM_EXTRA_FIELD: 31951,
  STREAM_SLOW_READER: 31930,
  STREAM_QUEUE_FULL: 31931,
  STREAM_TOO_MANY_MARKS: 31951,
  STREAM_ONE_WAY: 31924,
};

export interface StreamOptions {
  readonly mode: StreamMode;
  readonly dialect: Dialect;
}

export class StreamSession implements MediaSource, CallerListener, HeardListener {
  readonly identity: StreamIdentity;
  readonly counters: StreamCounters = {
    framesSent: 0,
    framesDropped: 0,
    bytesReceived: 0,
    marksPlayed: 0,
    marksCleared: 0,
    clears: 0,
    badMessages: 0,
  };
  readonly #ports: StreamPorts;
  readonly #options: StreamOptions;
  readonly #createdAt: number;
  /** Frames kept for a slow handler beyond {@link UNSENT_BYTES_MAX}. */
  readonly #heldFramesMax: number;
  readonly #hearsInbound: boolean;
  readonly #hearsOutbound: boolean;
  readonly #encoder: StreamEncoder;
  #decoder: HandlerDecoder;
  /** The handler is our edge. */
  #hasExtensions = false;
  readonly #reframer: Reframer;
  readonly #callerClock: CallerClock;
  readonly #queue = new PlayoutQueue();
  readonly #reported = new Set<number>();
  #held: HeldFrame[] = [];
  #phase: 'waiting' | 'open' | 'stopped' = 'waiting';
  /** Slot of the first outbound frame, and its time on the stream's clock. */
  #firstSlot: number | undefined;
  #firstSlotMs = 0;
  /** When the slot is due that is being played. */
  #slotAt = 0;
  /** The end of the last sample that was handed out. */
  #playedUntil: number | undefined;

  /** `createdAt` is 0 ms on the stream's clock: the instant the Stream verb began, before its socket was up. */
  constructor(
    identity: StreamIdentity,
    createdAt: number,
    options: StreamOptions,
    ports: StreamPorts,
  ) {
    this.identity = identity;
    this.#ports = ports;
    this.#options = options;
    this.#createdAt = createdAt;
    const { tracks } = identity;
    this.#hearsInbound = tracks.includes('inbound');
    this.#hearsOutbound = tracks.includes('outbound');
    this.#heldFramesMax = (options.dialect.slowReaderMs / FRAME_MS) * tracks.length;
    this.#encoder = new StreamEncoder(identity, options.dialect);
    this.#decoder = new HandlerDecoder(identity.streamSid);
    this.#reframer = new Reframer(createdAt);
    this.#callerClock = new CallerClock(createdAt);
  }

  get queuedBytes(): number {
    return this.#queue.queuedBytes;
  }

  /**
   * The socket is up: `connected`, then `start`. Audio from before is not replayed. `hasExtensions`: the handler has said that it is our
   * edge.
   */
  open({ hasExtensions = false } = {}): void {
    this.#phase = 'open';
    this.#hasExtensions = hasExtensions;
    if (hasExtensions) {
      this.#decoder = new HandlerDecoder(this.identity.streamSid, { hasExtensions });
    }
    this.#ports.sendText(CONNECTED_TEXT);
    this.#ports.sendText(this.#encoder.start());
  }

  /** One packet of the caller's audio, in order. */
  handlePacket(packet: RtpPacket, now: number): void {
    if (this.#phase !== 'open' || !this.#hearsInbound) return;
    this.#reframer.push(packet.payload, packet.rtpTimestamp, now, this.#sendInbound);
    this.#callerClock.arrived(this.#reframer.endMs, now);
  }

  /** What the caller hears in one slot of the shared clock: 160 bytes, of which the first `audioBytes` are no filling. */
  handleHeard(mulaw: Uint8Array, audioBytes: number, slot: number, dueAt: number): void {
    if (this.#phase !== 'open' || !this.#hearsOutbound) return;
    if (this.#firstSlot === undefined) {
      this.#firstSlot = slot;
      this.#firstSlotMs = Math.max(0, Math.round(dueAt - this.#createdAt));
    }
    if (audioBytes === 0 && this.#options.dialect.outboundSilence === 'omit') return;
    this.#sendFrame('outbound', mulaw, this.#firstSlotMs + (slot - this.#firstSlot) * FRAME_MS);
  }

  /** A key of the caller. Twilio tells it to handlers of `<Connect>` only. */
  handleDtmf(digit: string): void {
    if (this.#phase !== 'open' || this.#options.mode === 'unidirectional') return;
    this.#ports.sendText(this.#encoder.dtmf(digit));
  }

  /** A text frame of the handler. What breaks a rule is reported and ignored; stream and call go on. */
  handleText(text: string): void {
    if (this.#phase !== 'open') return;
    if (this.#options.mode === 'unidirectional') {
      this.counters.badMessages++;
      this.#report('STREAM_ONE_WAY', 'a stream of <Start> takes no messages');
      return;
    }
    const decoded = this.#decoder.decode(text);
    if ('extraField' in decoded && decoded.extraField !== undefined) {
      this.counters.badMessages++;
      const isAccepted = this.#options.dialect.extraFields === 'accept';
      const rule = `a ${decoded.kind} message has no field ${decoded.extraField.slice(0, 64)}`;
      this.#report('STREAM_EXTRA_FIELD', isAccepted ? rule : `${rule}: ignored`);
      if (!isAccepted) return;
    }
    switch (decoded.kind) {
      case 'media':
        this.counters.bytesReceived += decoded.mulaw.length;
        if (!this.#queue.push(decoded.mulaw)) {
          this.#report('STREAM_QUEUE_FULL', `${decoded.mulaw.length} bytes refused`);
        }
        return;
      case 'mark':
        if (!this.#queue.mark(decoded.name)) {
          this.#report('STREAM_TOO_MANY_MARKS', 'the mark is ignored');
        }
        this.#sendPlayedMarks();
        return;
      case 'clear':
        this.#clear();
        return;
      case 'extension':
        this.#handleExtension(decoded.message);
        return;
      case 'failure':
        this.counters.badMessages++;
        this.#report(decoded.code, decoded.rule);
    }
  }

  /** How a transfer goes, for our edge. */
  sendTransferred(transferred: Transferred): void {
    if (this.#phase === 'open') this.#ports.sendText(this.#encoder.transferred(transferred));
  }

  /** What became of `send-dtmf`, for our edge. */
  sendDtmfSent(sent: DtmfSent): void {
    if (this.#phase === 'open') this.#ports.sendText(this.#encoder.dtmfSent(sent));
  }

  handleBinary(bytes: number): void {
    if (this.#phase !== 'open') return;
    this.counters.badMessages++;
    this.#report('STREAM_BINARY', `a message is text, got a binary frame of ${bytes} bytes`);
  }

  /** One slot of the shared clock has passed since the last {@link takeAudio}, the next is due at `dueAt`. */
  advance(dueAt: number): void {
    this.#queue.advance();
    const wasPlaying =
      this.#playedUntil !== undefined && this.#playedUntil === this.#slotAt + FRAME_MS;
    const isSkipped = dueAt - this.#slotAt >= 2 * FRAME_MS;
    this.#slotAt = dueAt;
    if (this.#phase !== 'open') return;
    this.#sendPlayedMarks();
    // Slots were skipped in the midst of speech: the caller hears a pause here.
    if (isSkipped && wasPlaying && this.#queue.queuedBytes > 0) this.#sendPlayed();
    if (this.#held.length > 0) this.#sendHeld();
  }

  takeAudio(packet: Uint8Array, offset: number): number {
    const bytes = this.#phase === 'open' ? this.#queue.takeAudio(packet, offset) : 0;
    if (bytes > 0) this.#playedUntil = this.#slotAt + bytes / BYTES_PER_MS;
    return bytes;
  }

  /** `stop`, Twilio's last message. Nothing is sent or played after it. */
  stop(): void {
    if (this.#phase === 'open') {
      this.#sendPlayed();
      this.#ports.sendText(this.#encoder.stop());
    }
    this.close();
  }

  /** The handler is gone: nothing more to send, nothing more to play. */
  close(): void {
    this.#phase = 'stopped';
    this.#queue.clear();
    this.#held = [];
  }

  /** An arrow function, so that a frame costs no closure. */
  readonly #sendInbound = (mulaw: Uint8Array, timestampMs: number): void =>
    this.#sendFrame('inbound', mulaw, timestampMs);

  #sendFrame(track: Track, mulaw: Uint8Array, timestampMs: number): void {
    if (this.#held.length === 0 && this.#ports.unsentBytes() <= UNSENT_BYTES_MAX) {
      this.counters.framesSent++;
      this.#ports.sendText(this.#encoder.media(track, mulaw.toBase64(), timestampMs));
      return;
    }
    if (this.#held.length >= this.#heldFramesMax) {
      this.#held.shift();
      this.counters.framesDropped++;
      this.#report(
        'STREAM_SLOW_READER',
        'the handler reads too slowly: the oldest audio is dropped',
      );
    }
    this.#held.push({ track, mulaw: mulaw.slice(), timestampMs });
    this.#sendHeld();
  }

  #sendHeld(): void {
    let sent = 0;
    for (const { track, mulaw, timestampMs } of this.#held) {
      if (this.#ports.unsentBytes() > UNSENT_BYTES_MAX) break;
      this.#ports.sendText(this.#encoder.media(track, mulaw.toBase64(), timestampMs));
      sent++;
    }
    this.counters.framesSent += sent;
    this.#held.splice(0, sent);
  }

  #clear(): void {
    this.counters.clears++;
    const clearedBytes = this.#queue.queuedBytes;
    const names = this.#queue.clear();
    this.#sendPlayed(clearedBytes);
    for (const name of names) {
      this.counters.marksCleared++;
      this.#ports.sendText(this.#encoder.mark(name));
    }
  }

  #handleExtension(message: PatchcordFromEdge): void {
    switch (message.event) {
      case 'pause':
        this.#queue.pause();
        this.#sendPlayed();
        return;
      case 'unpause':
        this.#queue.unpause();
        this.#sendPlayed();
        return;
      case 'transfer':
      case 'hangup':
      case 'send-dtmf':
        this.#ports.request(message);
    }
  }

  /** Tells our edge how much was played, and where on the caller's media clock that ends. One byte of µ-law is one sample. */
  #sendPlayed(clearedBytes?: number): void {
    if (!this.#hasExtensions) return;
    const { playedBytes, isPaused } = this.#queue;
    const cleared = clearedBytes === undefined ? {} : { cleared: String(clearedBytes) };
    const until = this.#playedUntil;
    const place =
      until === undefined ? {} : { timestamp: String(Math.round(this.#callerClock.at(until))) };
    const played = { samples: String(playedBytes), isPaused, ...cleared, ...place };
    this.#ports.sendText(this.#encoder.played(played));
  }

  #sendPlayedMarks(): void {
    let isFirst = true;
    for (;;) {
      const name = this.#queue.takePlayedMark();
      if (name === undefined) return;
      if (isFirst) this.#sendPlayed();
      isFirst = false;
      this.counters.marksPlayed++;
      this.#ports.sendText(this.#encoder.mark(name));
    }
  }

  #report(code: StreamReportCode, detail: string): void {
    const twilioCode = TWILIO_CODES[code];
    const isFirst = !this.#reported.has(twilioCode);
    this.#reported.add(twilioCode);
    this.#ports.report({ code, twilioCode, isFirst, detail });
  }
}

/**
 * The other end of the engine's stream: plays audio in slots of 20 ms and returns marks, like our relay or like Twilio.
 *
 * As the relay's queue (relay/src/core/playout-queue.ts), but it keeps track of whose bytes it plays: a mark is played one
 * slot after the frame that held the byte before it; a mark behind nothing at once; a talkspurt that begins with less than
 * 60 ms waits for two slots at most. Ours tells `played` before the marks of a slot, on `clear` before the marks that it
 * gives back, and on `pause`, `unpause` and before `stop`; while it is paused,
 * the queue and the marks behind it wait. Twilio knows marks and `clear` only.
 */

import type { CallInput, CallOutput } from '@patchcord/edge/src/call/core/contract.ts';
import type { SpeechPiece } from './agent-speech.ts';

export type PeerKind = 'patchcord' | 'twilio';

const FRAME_BYTES = 160;
const CUSHION_BYTES = 3 * FRAME_BYTES;
const CUSHION_SLOTS_MAX = 2;

export type ToPeer = Extract<
  CallOutput,
  { kind: 'send-media' | 'send-mark' | 'send-clear' | 'send-pause' | 'send-unpause' }
>;
type FromPeer = Extract<CallInput, { kind: 'mark' | 'played' }>;

interface Queued {
  readonly piece: SpeechPiece;
  fromByte: number;
  readonly toByte: number;
  /** When the message reached the peer. */
  readonly arrivedAt: number;
}

/** Bytes of a slot, from its beginning on. */
export interface SlotPart {
  readonly piece: SpeechPiece;
  readonly fromByte: number;
  readonly toByte: number;
  readonly arrivedAt: number;
}

export interface PeerPorts {
  /** To the engine. */
  send(input: FromPeer): void;
  provenanceOf(mulaw: Uint8Array): { readonly piece: SpeechPiece; readonly fromByte: number };
}

export class Peer {
  readonly #kind: PeerKind;
  readonly #ports: PeerPorts;
  #queue: Queued[] = [];
  #marks: { readonly name: string; readonly at: number }[] = [];
  #queuedTotal = 0;
  #sentTotal = 0;
  #playedTotal = 0;
  /** What `clear` threw away: no part of what was played. */
  #clearedTotal = 0;
  #waitedSlots: number | undefined = 0;
  #isPaused = false;

  constructor(kind: PeerKind, ports: PeerPorts) {
    this.#kind = kind;
    this.#ports = ports;
  }

  get queuedBytes(): number {
    return this.#queuedTotal - this.#sentTotal;
  }

  get pendingMarks(): number {
    return this.#marks.length;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** A message of the engine's arrives. */
  take(message: ToPeer, now: number): void {
    switch (message.kind) {
      case 'send-media':
        return this.#push(message.mulaw, now);
      case 'send-mark':
        this.#marks.push({ name: message.name, at: this.#queuedTotal });
        return this.#sendPlayedMarks();
      case 'send-clear':
        return this.#clear();
      case 'send-pause':
      case 'send-unpause':
        if (this.#kind === 'twilio') throw new Error(`Twilio knows no ${message.kind}`);
        this.#isPaused = message.kind === 'send-pause';
        return this.#tellPlayed();
    }
  }

  /** The stream ends. */
  stop(): void {
    this.#tellPlayed();
  }

  /** A slot has passed since the last {@link takeSlot}: what was handed out then is played now. */
  advance(): void {
    this.#playedTotal = this.#sentTotal;
    this.#sendPlayedMarks();
  }

  /** What is played in the slot that begins now; nothing is silence. */
  takeSlot(): readonly SlotPart[] {
    if (this.#isPaused || this.#isWaiting()) return [];
    const parts: SlotPart[] = [];
    let wanted = FRAME_BYTES;
    while (wanted > 0) {
      const head = this.#queue[0];
      if (head === undefined) break;
      const toByte = Math.min(head.toByte, head.fromByte + wanted);
      parts.push({ piece: head.piece, fromByte: head.fromByte, toByte, arrivedAt: head.arrivedAt });
      wanted -= toByte - head.fromByte;
      this.#sentTotal += toByte - head.fromByte;
      head.fromByte = toByte;
      if (head.fromByte === head.toByte) this.#queue.shift();
    }
    if (wanted > 0) this.#waitedSlots = 0;
    return parts;
  }

  #push(mulaw: Uint8Array, now: number): void {
    if (mulaw.length === 0) return;
    const { piece, fromByte } = this.#ports.provenanceOf(mulaw);
    this.#queue.push({ piece, fromByte, toByte: fromByte + mulaw.length, arrivedAt: now });
    this.#queuedTotal += mulaw.length;
  }

  #clear(): void {
    const cleared = this.queuedBytes;
    const names = this.#marks.map(({ name }) => name);
    this.#queue = [];
    this.#marks = [];
    this.#waitedSlots = 0;
    this.#clearedTotal += cleared;
    this.#sentTotal = this.#queuedTotal;
    this.#playedTotal = this.#queuedTotal;
    this.#isPaused = false;
    this.#tellPlayed(cleared);
    for (const name of names) this.#ports.send({ kind: 'mark', name });
  }

  #sendPlayedMarks(): void {
    const first = this.#marks[0];
    if (first === undefined || first.at > this.#playedTotal) return;
    this.#tellPlayed();
    for (;;) {
      const mark = this.#marks[0];
      if (mark === undefined || mark.at > this.#playedTotal) return;
      this.#marks.shift();
      this.#ports.send({ kind: 'mark', name: mark.name });
    }
  }

  /** Samples handed out: the frame that is on its way counts already. */
  #tellPlayed(cleared?: number): void {
    if (this.#kind === 'twilio') return;
    const samples = this.#sentTotal - this.#clearedTotal;
    this.#ports.send({ kind: 'played', samples, ...(cleared === undefined ? {} : { cleared }) });
  }

  #isWaiting(): boolean {
    if (this.#waitedSlots === undefined || this.queuedBytes === 0) return false;
    if (this.queuedBytes < CUSHION_BYTES && this.#waitedSlots < CUSHION_SLOTS_MAX) {
      this.#waitedSlots++;
      return true;
    }
    this.#waitedSlots = undefined;
    return false;
  }
}

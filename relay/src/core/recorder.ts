/**
 * Turns what a party says and hears into samples of a recording, slot by slot of the shared clock: so both sides stay in step,
 * and what was lost on the way is silence.
 */

import { MULAW_SILENCE, MULAW_TO_LINEAR } from '@patchcord/shared/audio/g711';
import { FRAME_BYTES, FRAME_MS } from '@patchcord/shared/media-streams/limits';
import { SoundActivity } from '@patchcord/shared/audio/sound-activity';
import type { CallerListener, HeardListener } from './call/media.ts';
import { PlayoutQueue } from './playout-queue.ts';
import type { RtpPacket } from './rtp/packet.ts';

const BYTES_PER_SAMPLE = 2;

/** What a phone sends in bursts waits here; beyond it the phone's clock is faster than ours, and audio is dropped. */
const WAITING_BYTES_MAX = 20 * FRAME_BYTES;

export interface RecorderOptions {
  /** `dual`: what the party says left, what it hears right. `mono`: both together. */
  readonly channels: 'mono' | 'dual';
  readonly track: 'inbound' | 'outbound' | 'both';
  /** Leaves out silence at both ends. */
  readonly isTrimmed: boolean;
  /** Takes 16-bit little-endian samples at 8 kHz, interleaved, in memory of their own. */
  write(pcm: Uint8Array): void;
}

export class Recorder implements CallerListener, HeardListener {
  readonly channels: 1 | 2;
  readonly #options: RecorderOptions;
  readonly #inbound = new PlayoutQueue({ queuedBytesMax: WAITING_BYTES_MAX, pendingMarksMax: 0 });
  readonly #inboundFrame = new Uint8Array(FRAME_BYTES);
  readonly #voices = [new SoundActivity(), new SoundActivity()] as const;
  #lastSlot: number | undefined;
  /** Silence that is written only when a voice follows. */
  #heldFrames: Uint8Array[] = [];
  #hasVoice = false;
  #frames = 0;
  #silentMs = 0;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.channels = options.channels === 'dual' ? 2 : 1;
  }

  /** Of what was written. */
  get durationMs(): number {
    return this.#frames * FRAME_MS;
  }

  get bytes(): number {
    return this.#frames * FRAME_BYTES * BYTES_PER_SAMPLE * this.channels;
  }

  /** Whether the party itself has said anything. */
  get hasVoice(): boolean {
    return this.#voices[0].run !== undefined;
  }

  /** How long the party has been silent. */
  get silentMs(): number {
    return this.#silentMs;
  }

  handlePacket(packet: RtpPacket): void {
    this.#inbound.push(packet.payload);
  }

  handleHeard(mulaw: Uint8Array, _audioBytes: number, slot: number): void {
    // Slots that the machine slept through are silence.
    const skipped = this.#lastSlot === undefined ? 0 : Math.min(slot - this.#lastSlot - 1, 500);
    this.#lastSlot = slot;
    const inbound = this.#inboundFrame;
    for (let i = 0; i < skipped; i++) this.#add(inbound.fill(MULAW_SILENCE), inbound);
    this.#inbound.advance();
    inbound.fill(MULAW_SILENCE, this.#inbound.takeAudio(inbound, 0));
    this.#add(inbound, mulaw);
  }

  #add(inbound: Uint8Array, outbound: Uint8Array): void {
    this.#voices[0].push(inbound);
    this.#voices[1].push(outbound);
    const isSpeaking = this.#voices[0].isSpeaking;
    this.#silentMs = isSpeaking ? 0 : this.#silentMs + FRAME_MS;
    const pcm = this.#mix(inbound, outbound);
    if (!this.#options.isTrimmed || isSpeaking || this.#voices[1].isSpeaking) {
      this.#hasVoice = true;
      for (const held of this.#heldFrames) this.#write(held);
      this.#heldFrames = [];
      this.#write(pcm);
      return;
    }
    this.#heldFrames.push(pcm);
    // Voice activity is confirmed a little late: of the silence before the first word, that much is kept.
    if (!this.#hasVoice && this.#heldFrames.length > LEAD_FRAMES) this.#heldFrames.shift();
    else if (this.#heldFrames.length > HELD_FRAMES_MAX) {
      // A pause in the middle that is this long is written as it is: memory has a bound.
      for (const held of this.#heldFrames) this.#write(held);
      this.#heldFrames = [];
    }
  }

  #write(pcm: Uint8Array): void {
    this.#frames++;
    this.#options.write(pcm);
  }

  #mix(inbound: Uint8Array, outbound: Uint8Array): Uint8Array {
    const { track } = this.#options;
    const pcm = new Uint8Array(FRAME_BYTES * BYTES_PER_SAMPLE * this.channels);
    const view = new DataView(pcm.buffer);
    for (let i = 0; i < FRAME_BYTES; i++) {
      const said = track === 'outbound' ? 0 : (MULAW_TO_LINEAR[inbound[i] as number] as number);
      const heard = track === 'inbound' ? 0 : (MULAW_TO_LINEAR[outbound[i] as number] as number);
      if (this.channels === 2) {
        view.setInt16(i * 4, said, true);
        view.setInt16(i * 4 + 2, heard, true);
      } else {
        view.setInt16(i * 2, Math.max(-32_768, Math.min(32_767, said + heard)), true);
      }
    }
    return pcm;
  }
}

/** 300 ms. */
const LEAD_FRAMES = 15;
/** Ten minutes. */
const HELD_FRAMES_MAX = 30_000;

/** The other end of the stream: plays what is sent, returns marks and empties its queue as Twilio does, or as our relay does. */

import { MULAW_SILENCE } from '@patchcord/shared/audio/g711';
import { BYTES_PER_MS, FRAME_BYTES } from '@patchcord/shared/media-streams/limits';
import { CHAR_MS } from './scripted-voice.ts';
import type { World } from './world.ts';

interface PhoneWorld extends World {
  /** One way, stream to edge and edge to stream. */
  readonly networkMs: number;
  /** The peer never returns a mark. */
  readonly losesMarks: boolean;
}

interface Queued {
  readonly kind: 'audio' | 'mark';
  readonly bytes: Uint8Array;
  readonly name: string;
}

export class PhoneStream {
  readonly #world: PhoneWorld;
  /** Tells how much it has played, and can pause. */
  readonly #isPatchcord: boolean;
  #queue: Queued[] = [];
  /** What was played: runs of the same byte. */
  readonly #played: { readonly code: number; bytes: number }[] = [];
  #isPaused = false;
  /** Samples of the agent's that were played, as our relay counts them. */
  #playedSamples = 0;

  constructor(world: PhoneWorld, isPatchcord: boolean) {
    this.#world = world;
    this.#isPatchcord = isPatchcord;
  }

  // What the edge sends

  media(mulaw: Uint8Array): void {
    this.#afterNetwork(() => void this.#queue.push({ kind: 'audio', bytes: mulaw, name: '' }));
  }

  mark(name: string): void {
    this.#afterNetwork(() => {
      if (this.#queue.length === 0) this.#return(name);
      else this.#queue.push({ kind: 'mark', bytes: new Uint8Array(0), name });
    });
  }

  /** Empties the queue and returns all pending marks, in order. */
  clear(): void {
    this.#afterNetwork(() => {
      const cleared = this.#queue.reduce((sum, { bytes }) => sum + bytes.length, 0);
      this.#isPaused = false;
      if (this.#isPatchcord) this.#tellPlayed(cleared);
      for (const { kind, name } of this.#queue.splice(0)) if (kind === 'mark') this.#return(name);
    });
  }

  pause(isPaused: boolean): void {
    this.#afterNetwork(() => {
      this.#isPaused = isPaused;
      this.#tellPlayed();
    });
  }

  // What the caller hears

  /** Plays 20 ms; answers whether any of it sounds. */
  playFrame(): boolean {
    let isAudible = false;
    let wanted = FRAME_BYTES;
    while (!this.#isPaused) {
      const head = this.#queue.shift();
      if (head === undefined) break;
      if (head.kind === 'mark') {
        this.#return(head.name);
        continue;
      }
      const taken = head.bytes.subarray(0, wanted);
      const rest = head.bytes.subarray(taken.length);
      if (rest.length > 0) this.#queue.unshift({ ...head, bytes: rest });
      if (wanted === 0) break;
      for (const code of taken) this.#play(code, 1);
      isAudible ||= taken.some((code) => code !== MULAW_SILENCE);
      this.#playedSamples += taken.length;
      wanted -= taken.length;
    }
    this.#play(MULAW_SILENCE, wanted);
    return isAudible;
  }

  /** What has been played so far as text; `count` makes whole characters of a part. */
  read(count: (chars: number) => number): string {
    let text = '';
    for (const { code, bytes } of this.#played) {
      if (code === MULAW_SILENCE) continue;
      text += String.fromCodePoint(code).repeat(count(bytes / (CHAR_MS * BYTES_PER_MS)));
    }
    return text;
  }

  #play(code: number, bytes: number): void {
    const last = this.#played.at(-1);
    if (last?.code === code) last.bytes += bytes;
    else if (bytes > 0) this.#played.push({ code, bytes });
  }

  #return(name: string): void {
    if (this.#world.losesMarks) return;
    if (this.#isPatchcord) this.#tellPlayed();
    this.#afterNetwork(() => this.#world.feed({ kind: 'mark', name }));
  }

  #tellPlayed(cleared?: number): void {
    const samples = this.#playedSamples;
    const more = cleared === undefined ? {} : { cleared };
    this.#afterNetwork(() => this.#world.feed({ kind: 'played', samples, ...more }));
  }

  #afterNetwork(run: () => void): void {
    this.#world.at(this.#world.now + this.#world.networkMs, run);
  }
}

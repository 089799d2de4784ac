import type { DeskOptions, DeskPhone } from './desk-phone.ts';
import type { DialOptions, Phone } from './phone.ts';

/** A PBX that tests and the demo run on, real or simulated alike. */
export interface Pbx {
  readonly kind: 'asterisk' | 'simulated';
  /** For people, such as `Asterisk 22.10.1 (mikopbx)`. */
  readonly name: string;
  /** `http://127.0.0.1:PORT`; ARI is at `/ari` or `/asterisk/ari` below it. */
  readonly ariUrl: string;
  readonly ariUsername: string;
  readonly ariPassword: string;
  /** Places a call; rejects with `NotAnswered` when it was to wait for an answer and got none. */
  dial(options: DialOptions): Promise<Phone>;
  /** Plugs a phone in that can be called, as `PJSIP/{extension}` and by dialling its extension. */
  register(options: DeskOptions): Promise<DeskPhone>;
  /** Has a sound to play, µ-law, 8 kHz; answers its media URI for ARI's `play`. `name`: letters, digits, dashes. */
  addSound(name: string, mulaw: Uint8Array): Promise<string>;
  /** What is up at the PBX at this moment. */
  leftovers(): Promise<Leftovers>;
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Ids of what is up at a PBX. */
export interface Leftovers {
  readonly channels: readonly string[];
  readonly bridges: readonly string[];
}

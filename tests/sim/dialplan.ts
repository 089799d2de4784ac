import { everyPeriod } from '../rig/media-clock.ts';
import type { Channel } from './channel.ts';

/** What an extension does once it is dialled. */
export type DialplanStep =
  | { readonly kind: 'stasis'; readonly app: string }
  | { readonly kind: 'echo' | 'human' | 'silence' | 'ring' | 'brief' }
  | { readonly kind: 'reject'; readonly cause: number };

/** The rig's extensions (tests/rig/asterisk-config.ts), but for those that lead to an application. */
export const RIG_EXTENSIONS: Readonly<Record<string, DialplanStep>> = {
  600: { kind: 'echo' },
  601: { kind: 'human' },
  602: { kind: 'silence' },
  603: { kind: 'ring' },
  604: { kind: 'reject', cause: 17 },
  605: { kind: 'brief' },
};

/** Digital milliwatt, 1000 Hz at 0 dBm0: ITU-T G.711 table 5, µ-law. Asterisk's `Milliwatt(o)` plays the same bytes. */
const MILLIWATT = Uint8Array.of(0x1e, 0x0b, 0x0b, 0x1e, 0x9e, 0x8b, 0x8b, 0x9e);
const FRAME_MS = 20;

/** 20 ms of it. */
export const MILLIWATT_FRAME = Uint8Array.from(
  { length: FRAME_MS * 8 },
  (_, i) => MILLIWATT[i % MILLIWATT.length] ?? 0,
);

/** Plays the milliwatt to a channel until it is stopped. */
export function playMilliwatt(channel: Channel): () => void {
  const mulaw = MILLIWATT_FRAME;
  let rtpTimestamp = 0;
  return everyPeriod(FRAME_MS, () => {
    channel.technology.write({ mulaw, rtpTimestamp });
    rtpTimestamp += mulaw.length;
  });
}

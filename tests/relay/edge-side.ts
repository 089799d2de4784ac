/** What tests of the messages between our two ends do at the edge's side, and what they wait for at the caller's ear. */

import type { Played, TransferRequest } from '@patchcord/shared/media-streams/extensions';
import { expect } from 'vitest';
import type { Phone } from '../rig/phone.ts';
import type { HandlerMessage, HandlerStream } from './handler.ts';

/** Two seconds. No byte of it is silence, and no frame of it is like another. */
export const SPEECH = Uint8Array.from(
  { length: 16_000 },
  (_, i) => 1 + ((Math.imul(i * i, 2_654_435_761) >>> 16) % 120),
);

/** Of the caller's media clock, as it is told. */
export const INSTANT: unknown = expect.stringMatching(/^\d+$/u);

/** What the caller heard, without silence. */
export function heardBy(phone: Phone): Buffer {
  return Buffer.from(phone.recording.payload().filter((byte) => byte !== 0xff));
}

export function untilHeard(phone: Phone, bytes: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const off = phone.onAudio(() => {
    if (heardBy(phone).length < bytes) return;
    off();
    resolve();
  });
  return promise;
}

export function transfer(stream: HandlerStream, request: Partial<TransferRequest> = {}): void {
  const defaults = { id: 't1', target: '201', kind: 'cold', timeoutSec: 10 } as const;
  stream.send({ event: 'transfer', transfer: { ...defaults, ...request } });
}

export function untilTransferred(stream: HandlerStream, status: string): Promise<HandlerMessage> {
  return stream.messages.until(
    `transferred ${status}`,
    ({ transferred }) => transferred?.status === status,
  );
}

/** The first `count` of them. */
export async function untilPlayed(
  stream: HandlerStream,
  count: number,
): Promise<readonly Played[]> {
  const all = (): Played[] => stream.messages.all.flatMap(({ played }) => played ?? []);
  await stream.messages.until(`${count} of played`, () => all().length >= count);
  return all().slice(0, count);
}

/** Packets of nothing but silence, one behind the other. */
export async function silence(phone: Phone, packets: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let left = packets;
  const off = phone.onAudio((mulaw) => {
    left = mulaw.every((byte) => byte === 0xff) ? left - 1 : packets;
    if (left > 0) return;
    off();
    resolve();
  });
  await promise;
}

export async function untilLength(phone: Phone, bytes: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const off = phone.onAudio(() => {
    if (phone.recording.payload().length < bytes) return;
    off();
    resolve();
  });
  await promise;
}

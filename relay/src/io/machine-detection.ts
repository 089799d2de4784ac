/** Listens to a called party until it is known whether a person or a machine has answered. */

import { performance } from 'node:perf_hooks';
import type { MachineDetection } from '@patchcord/shared/twilio/call-control';
import { AnsweringMachineDetector, type AmdVerdict } from '../core/amd/detector.ts';
import type { CallerListener, CallMedia } from '../core/call/media.ts';
import { Reframer } from '../core/rtp/reframer.ts';

/** Undefined when `signal` was aborted first. */
export async function detectMachine(
  options: MachineDetection,
  media: CallMedia,
  signal: AbortSignal,
): Promise<AmdVerdict | undefined> {
  if (signal.aborted) return undefined;
  const startedAt = performance.now();
  const detector = new AnsweringMachineDetector(options, startedAt);
  const reframer = new Reframer(startedAt);
  const decided = Promise.withResolvers<AmdVerdict | undefined>();
  let timer: NodeJS.Timeout | undefined;
  const settle = (verdict: AmdVerdict | undefined): void => {
    if (verdict !== undefined) decided.resolve(verdict);
  };
  const listener: CallerListener = {
    handlePacket: (packet, now) =>
      reframer.push(packet.payload, packet.rtpTimestamp, now, (mulaw) =>
        settle(detector.push(mulaw, now)),
      ),
  };
  const wait = (): void => {
    const { wakeAt } = detector;
    if (wakeAt === undefined) return;
    timer = setTimeout(
      () => {
        settle(detector.poll(performance.now()));
        wait();
      },
      Math.max(0, wakeAt - performance.now()),
    );
  };
  const giveUp = (): void => decided.resolve(undefined);
  signal.addEventListener('abort', giveUp, { once: true });
  media.addListener(listener);
  wait();
  const verdict = await decided.promise;
  clearTimeout(timer);
  media.removeListener(listener);
  signal.removeEventListener('abort', giveUp);
  return verdict;
}

import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { expect, test } from 'vitest';
import { MediaClock } from '@patchcord/relay/io/media-clock';

const STALL_MS = 50;

/** As a process without CPU: nothing else happens meanwhile. */
function standStill(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

test('what came while the process had no CPU is read before the slots of that time are played', async () => {
  const receiver = createSocket('udp4').bind(0, '127.0.0.1');
  await once(receiver, 'listening');
  const sender = createSocket('udp4');
  sender.connect(receiver.address().port, '127.0.0.1');
  await once(sender, 'connect');
  const clock = new MediaClock();
  const happened: string[] = [];
  const dueAt: number[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  receiver.on('message', () => happened.push('read'));
  const play = (slot: number, due: number): void => {
    happened.push(`slot ${slot}`);
    dueAt.push(due);
    // Behind the event loop's look at its sockets: its timers are next.
    if (slot === 1) {
      setImmediate(() => {
        sender.send('a word of the agent');
        standStill(STALL_MS);
      });
    }
    if (slot >= 3) resolve();
  };
  clock.add(play);
  await promise;
  clock.remove(play);
  receiver.close();
  sender.close();
  expect(happened.slice(0, 5)).toEqual(['slot 0', 'slot 1', 'read', 'slot 2', 'slot 3']);
  // However late they are played.
  const apartMs = dueAt.slice(1).map((due, i) => Math.round(due - (dueAt[i] ?? 0)));
  expect(apartMs).toEqual(apartMs.map(() => 20));
});

/** The same calls through a real Asterisk: once with the relay, once with Asterisk's own chan_websocket. CPU of all, per call. */

import { setTimeout as delay } from 'node:timers/promises';
import { startAsteriskPbx } from '../../rig/asterisk-pbx.ts';
import { runSipp } from '../../rig/sipp.ts';
import { serveChanWebsocket } from './chan-websocket.ts';
import { forkChild, nextMessage, spawnRelay } from './child.ts';
import { cpuMsOf } from './cpu.ts';
import type { ReadyMessage } from './messages.ts';
import { Children, type RunOptions } from './run.ts';

/** CPU in percent of a core, for one call. */
export interface AsteriskRun {
  readonly asterisk: number;
  /** The relay's; 0 where there is none. */
  readonly relay: number;
  readonly echo: number;
  readonly failedCalls: number;
}

const RAMP_PER_SECOND = 10;
/** As long as the warm-up without Asterisk: V8 optimises for ten seconds. */
const SETTLE_MS = 10_000;
const RTP_PORTS = '44000-44399';

export async function runAsterisk(
  way: 'relay' | 'chan_websocket',
  { calls, seconds }: RunOptions,
): Promise<AsteriskRun> {
  await using pbx = await startAsteriskPbx({
    major: 22,
    shape: 'plain',
    apps: { '999': way === 'relay' ? 'patchcord' : 'bench' },
  });
  await using children = new Children();
  const echo = children.add(forkChild('./echo.ts', []));
  const { port: echoPort } = await nextMessage<ReadyMessage>(echo, 'ready');
  let relayPid = 0;
  let close = (): void => {};
  const httpPort = 41_000 + (process.pid % 1000);
  if (way === 'relay') {
    const relay = children.add(
      spawnRelay({
        ARI_URL: pbx.ariUrl,
        ARI_USERNAME: pbx.ariUsername,
        ARI_PASSWORD: pbx.ariPassword,
        STREAM_URL: `ws://127.0.0.1:${echoPort}/`,
        ACCOUNT_SID: `AC${'0'.repeat(32)}`,
        AUTH_TOKEN: 'the auth token of the bench',
        RTP_PORTS,
        MAX_CALLS: String(calls),
        HTTP_LISTEN: `127.0.0.1:${httpPort}`,
      }),
    );
    relayPid = relay.pid ?? 0;
    await untilReady(httpPort);
  } else {
    close = await serveChanWebsocket({
      ariUrl: pbx.ariUrl,
      username: pbx.ariUsername,
      password: pbx.ariPassword,
      app: 'bench',
      dial: (url, authorization) => echo.send({ kind: 'dial', url, authorization }),
    });
  }
  const rampMs = (calls / RAMP_PER_SECOND) * 1000;
  const callers = runSipp({
    sipPort: pbx.asterisk.sipPort,
    extension: '999',
    calls,
    ratePerSecond: RAMP_PER_SECOND,
    durationMs: rampMs + SETTLE_MS + 2000 + seconds * 1000,
    audio: Uint8Array.from({ length: 80_000 }, (_, i) => 1 + ((i * 7) % 120)),
  });
  await delay(rampMs + SETTLE_MS);
  const pids = [pbx.asterisk.pid, relayPid, echo.pid ?? 0];
  const before = pids.map((pid) => (pid === 0 ? 0 : cpuMsOf(pid)));
  const startedAt = performance.now();
  await delay(seconds * 1000);
  const elapsedMs = performance.now() - startedAt;
  const [asterisk = 0, relay = 0, echoed = 0] = pids.map((pid, index) => {
    const spentMs = pid === 0 ? 0 : cpuMsOf(pid) - (before[index] ?? 0);
    return (spentMs / elapsedMs / calls) * 100;
  });
  const { failed } = await callers;
  close();
  return { asterisk, relay, echo: echoed, failedCalls: failed };
}

async function untilReady(httpPort: number): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    try {
      if ((await fetch(`http://127.0.0.1:${httpPort}/readyz`)).ok) return;
    } catch {
      // Not listening yet.
    }
    await delay(100);
  }
  throw new Error('the relay did not become ready');
}

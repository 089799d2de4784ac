/** `patchcord-relay run`: the daemon. */

import { once } from 'node:events';
import type { Config } from '../config.ts';
import { describeError, RelayError } from '../core/error.ts';
import { listen, relayRoutes } from '../io/http.ts';
import { IdleHeap } from '../io/idle-heap.ts';
import { openLog } from '../io/log.ts';
import { Metrics } from '../io/metrics.ts';
import { Relay } from '../io/relay.ts';
import { Systemd } from '../io/systemd.ts';
import { VERSION } from '../version.ts';

/** sysexits.h EX_CONFIG: nothing that trying again would mend. The systemd unit does not restart on it. */
export const EXIT_CONFIG = 78;

/** Runs until SIGTERM or SIGINT, or until something ends it for good. Answers the exit code. */
export async function run(config: Config): Promise<number> {
  const log = openLog(config.logLevel);
  const systemd = new Systemd(process.env);
  const relay = new Relay(config, log);
  const metrics = new Metrics(relay);
  const heap = new IdleHeap(() => relay.callCount === 0);
  relay.onCallEnded = (call) => {
    metrics.retire(call);
    heap.releaseLater();
  };
  const server = await listen(relayRoutes(relay, metrics, log), config.httpListen);
  log.info({ version: VERSION, app: config.ari.app, callsMax: config.callsMax }, 'relay started');
  relay.start();
  heap.releaseLater();
  // Ready means that callers may come; without Asterisk they go to the dialplan's human, and the relay keeps trying.
  systemd.ready(`${config.ari.app}: started`, () => true);

  const stop = new AbortController();
  const signals = Promise.race([
    once(process, 'SIGTERM', { signal: stop.signal }),
    once(process, 'SIGINT', { signal: stop.signal }),
  ]).then(() => 'signal' as const);
  let exitCode = 0;
  try {
    await Promise.race([signals, relay.failed]);
    log.info({ calls: relay.callCount, drainMs: config.drainMs }, 'stopping');
    systemd.stopping(`draining ${relay.callCount} calls`);
    await relay.stop(config.drainMs);
  } catch (error) {
    const code = error instanceof RelayError ? error.code : 'INTERNAL';
    log.fatal({ code }, describeError(error));
    exitCode = error instanceof RelayError ? EXIT_CONFIG : 1;
    await relay.stop(0);
  } finally {
    stop.abort();
    signals.catch(() => {});
    systemd.close();
    server.closeAllConnections();
    server.close();
  }
  log.info('relay stopped');
  return exitCode;
}

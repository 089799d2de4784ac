/** `patchcord-relay sweep`: ends what a crashed relay left on the PBX, without disturbing one that runs. */

import type { Config } from '../config.ts';
import { callSidOf } from '../core/ari-ids.ts';
import { planSweep } from '../core/sweep.ts';
import { bridgeListSchema, channelListSchema } from '../io/ari/models.ts';
import { findAri } from '../io/ari/prefix.ts';
import type { Health } from '../io/http.ts';
import { openLog } from '../io/log.ts';
import { sweep } from '../io/sweep.ts';

export async function runSweep(
  config: Config,
  isDryRun: boolean,
  isJson: boolean,
): Promise<number> {
  const ari = await findAri(config.ari.url, config.ari);
  const living = await livingChannels(config);
  const plan = planSweep({
    app: config.ari.app,
    channels: await ari.get('/channels', channelListSchema),
    bridges: await ari.get('/bridges', bridgeListSchema),
    livingCallSids: new Set(living.flatMap((id) => callSidOf(config.ari.app, id) ?? [])),
    livingChannelIds: new Set(living),
  });
  if (!isDryRun) await sweep(ari, plan, openLog(isJson ? 'silent' : config.logLevel));
  if (isJson) {
    process.stdout.write(`${JSON.stringify({ ...plan, living: living.length, isDryRun })}\n`);
    return 0;
  }
  const verb = isDryRun ? 'would be' : 'were';
  process.stdout.write(
    [
      `${living.length} channels of a running relay left alone`,
      `${plan.returnChannels.length} callers ${verb} sent back to the dialplan`,
      `${plan.hangupChannels.length} channels of ours ${verb} ended`,
      `${plan.destroyBridges.length} bridges ${verb} removed`,
      '',
    ].join('\n'),
  );
  return 0;
}

/** Asks the relay that may be running which channels are its own. */
async function livingChannels({ httpListen }: Config): Promise<Health['channels']> {
  const host = httpListen.host.includes(':') ? `[${httpListen.host}]` : httpListen.host;
  let response: Response;
  try {
    response = await fetch(`http://${host}:${httpListen.port}/healthz`, {
      signal: AbortSignal.timeout(2000),
    });
  } catch {
    return [];
  }
  // Our own relay's answer, on our own address.
  const health = (await response.json()) as Health;
  return health.channels;
}

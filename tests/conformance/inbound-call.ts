/**
 * One whole call with everything in it that Media Streams has, kept byte for byte: parameters, the caller's audio and keys, the
 * handler's audio and mark, the caller who hangs up. Many rules look at it.
 */

import type { RawRequest, RawStream } from './raw-handler.ts';
import { once } from './rule.ts';
import { World } from './world.ts';

export const TWIML =
  '<Response><Connect><Stream url="{ws}/media/x"><Parameter name="who" value="Ann &amp; Bob"/><Parameter name="n" value=""/></Stream></Connect></Response>';

/** A tenth of a second, no byte of it silence. */
export const AUDIO = Uint8Array.from({ length: 800 }, (_, i) => 1 + ((i * 11) % 120));

export interface InboundCall {
  readonly webhook: RawRequest;
  readonly stream: RawStream;
  readonly streamUrl: string;
  readonly webhookUrl: string;
  readonly upgradeCount: number;
  /** What the webhook was told. */
  readonly callSid: string;
}

export const inboundCall = once(async (): Promise<InboundCall> => {
  await using world = await World.start({ twiml: TWIML });
  const phone = await world.call();
  const stream = await world.stream();
  await phone.play(AUDIO);
  stream.play(AUDIO);
  stream.mark('171');
  await stream.untilMark('171');
  await phone.sendDtmf('1');
  await stream.untilEvent('dtmf');
  await phone.hangup();
  await stream.untilEvent('stop');
  await stream.ended.until('the end of the socket', () => true);
  const webhook = await world.request('/voice');
  const callSid = (await world.form('/voice'))['CallSid'] ?? '';
  return {
    webhook,
    stream,
    streamUrl: `${world.wsUrl}/media/x`,
    webhookUrl: `${world.httpUrl}/voice`,
    upgradeCount: world.handler.upgrades.all.length,
    callSid,
  };
});

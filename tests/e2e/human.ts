/** What the rig's dialplan puts behind `Stasis()`: a human, who is the digital milliwatt. */

import type { AsteriskPbx } from '../rig/asterisk-pbx.ts';
import type { Phone } from '../rig/phone.ts';
import { HUMAN_TONE_HZ, toneLevel } from '../rig/tone-level.ts';

/** Half a second of nothing but the tone is no accident. */
const TONE_BYTES = 4000;

/** Waits until a phone hears the human. Rejects when it hears none in time. */
export async function hearsHuman(phone: Phone, timeoutMs = 15_000): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let tail = Buffer.alloc(0);
  const stop = phone.onAudio((mulaw) => {
    tail = Buffer.concat([tail, mulaw]).subarray(-TONE_BYTES);
    if (tail.length === TONE_BYTES && toneLevel(tail, HUMAN_TONE_HZ) > 0.9) resolve();
  });
  const timer = setTimeout(() => reject(new Error('the caller heard no human')), timeoutMs);
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    stop();
  }
}

/** A channel as Asterisk's console lists it. */
interface ConsoleChannel {
  readonly name: string;
  readonly context: string;
}

async function channels(pbx: AsteriskPbx): Promise<ConsoleChannel[]> {
  const text = await pbx.asterisk.cli('core show channels concise');
  return text
    .split('\n')
    .map((line) => line.split('!'))
    .flatMap(([name, context]) =>
      name === undefined || context === undefined ? [] : [{ name, context }],
    );
}

/** External-media channels that are up, each of which holds an RTP port. */
export async function mediaChannelCount(pbx: AsteriskPbx): Promise<number> {
  return (await channels(pbx)).filter(({ name }) => name.startsWith('UnicastRTP/')).length;
}

/** PATCHCORD_STATUS of every caller who is with the human now; empty for one whom the relay never had. */
export async function returnReasons(pbx: AsteriskPbx): Promise<string[]> {
  const withHuman = (await channels(pbx)).filter(({ context }) => context === 'human');
  const details = await Promise.all(
    withHuman.map(({ name }) => pbx.asterisk.cli(`core show channel ${name}`)),
  );
  return details.map((text) => /^PATCHCORD_STATUS=(\w+)/m.exec(text)?.[1] ?? '');
}

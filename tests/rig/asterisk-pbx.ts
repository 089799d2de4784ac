import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { httpPrefix } from './asterisk-config.ts';
import { startAsterisk } from './asterisk.ts';
import type { Asterisk, AsteriskOptions } from './asterisk.ts';
import type { DeskOptions } from './desk-phone.ts';
import type { Leftovers, Pbx } from './pbx.ts';
import { registerSip } from './sip-desk-phone.ts';
import type { SipDeskPhone } from './sip-desk-phone.ts';
import { dialSip } from './sip-phone.ts';
import type { SipPhone } from './sip-phone.ts';
import type { DialOptions } from './phone.ts';

/** A real Asterisk with SIP phones. */
export interface AsteriskPbx extends Pbx {
  readonly kind: 'asterisk';
  readonly asterisk: Asterisk;
  dial(options: DialOptions): Promise<SipPhone>;
  register(options: DeskOptions): Promise<SipDeskPhone>;
}

const idsSchema = z.array(z.object({ id: z.string() }));

/** Starts a real Asterisk as a {@link Pbx}. Throws as `startAsterisk` does. */
export async function startAsteriskPbx(options: AsteriskOptions): Promise<AsteriskPbx> {
  const asterisk = await startAsterisk(options);
  if (options.trunk !== undefined) await waitUntilRegistered(asterisk);
  const { ariUrl, ariUsername, ariPassword, shape, sipPort, version } = asterisk;
  const prefix = httpPrefix(shape);
  const base = `${ariUrl}${prefix === '' ? '' : `/${prefix}`}/ari`;
  const headers = { Authorization: `Basic ${btoa(`${ariUsername}:${ariPassword}`)}` };
  const ids = async (path: string) => {
    const response = await fetch(`${base}/${path}`, { headers });
    return idsSchema.parse(await response.json()).map(({ id }) => id);
  };
  const leftovers = async (): Promise<Leftovers> => ({
    channels: await ids('channels'),
    bridges: await ids('bridges'),
  });
  return {
    kind: 'asterisk',
    name: `Asterisk ${version} (${shape})`,
    ariUrl,
    ariUsername,
    ariPassword,
    asterisk,
    dial: (call) => dialSip({ ...call, sipPort }),
    register: (desk) => registerSip({ ...desk, sipPort }),
    async addSound(name, mulaw) {
      const folder = join(asterisk.folder, 'sounds');
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, `${name}.ulaw`), mulaw);
      return `sound:${asterisk.chrootFolder}/sounds/${name}`;
    },
    leftovers,
    stop: () => asterisk.stop(),
    [Symbol.asyncDispose]: () => asterisk.stop(),
  };
}

/** The provider knows where calls for this customer go. Takes half a second; a slow machine gets twenty times that. */
async function waitUntilRegistered(asterisk: Asterisk): Promise<void> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    const registrations = await asterisk.cli('pjsip show registrations');
    if (registrations.includes(' Registered')) return;
    if (performance.now() > deadline) {
      await asterisk.stop();
      throw new Error(`not registered at the provider: ${registrations}`);
    }
    await sleep(50);
  }
}

import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startAsterisk } from './asterisk.ts';
import type { Asterisk } from './asterisk.ts';
import { findUdpPort } from './free-ports.ts';
import type { DialOptions, Phone } from './phone.ts';
import { dialSip } from './sip-phone.ts';
import type { SipPhone } from './sip-phone.ts';
import type { TrunkAccount } from './trunk-account.ts';
import { buildTrunkFiles } from './trunk-config.ts';
import { parseTrunkLog } from './trunk-log.ts';
import type { TrunkCall } from './trunk-log.ts';
import { trunkNumber } from './trunk-number.ts';

/** A SIP provider. Numbers and what happens to calls there: `trunk-number.ts`. */
export interface Trunk {
  /** What its customer needs to know: `startAsteriskPbx({ …, trunk: trunk.account })`. */
  readonly account: TrunkAccount;
  /** Calls so far, in the order of their INVITEs. */
  calls(): Promise<readonly TrunkCall[]>;
  /** The newest call to `number` once it has ended; rejects after 10 s. */
  endedCall(number: string): Promise<TrunkCall>;
  /**
   * What the provider heard, µ-law, 8 kHz, from the first audio after the answer (its first frame may be missing), half a
   * second after it at the latest.
   */
  heard(call: TrunkCall): Promise<Uint8Array>;
  /** Has a machine answer with this µ-law audio. Answers the number to dial. */
  addGreeting(mulaw: Uint8Array): Promise<string>;
  /** Somebody out there calls the customer: `extension` is the number dialled, the account's first without one. */
  dial(options?: Partial<DialOptions>): Promise<Phone>;
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A provider that is an Asterisk. */
export interface AsteriskTrunk extends Trunk {
  readonly asterisk: Asterisk;
  dial(options?: Partial<DialOptions>): Promise<SipPhone>;
}

/** An address of the provider's own on loopback, which on Linux is 127.0.0.0/8. */
const HOST = '127.0.1.1';
const ENDED_MS_MAX = 10_000;

/** Starts the provider, an Asterisk 22, with one customer. Throws as `startAsterisk` does. */
export async function startTrunk(
  options: { readonly keepLogAs?: string } = {},
): Promise<AsteriskTrunk> {
  const account: TrunkAccount = {
    host: HOST,
    port: await findUdpPort(),
    username: 'customer',
    password: randomBytes(12).toString('hex'),
    numbers: ['15550001000', '15550001001'],
  };
  const asterisk = await startAsterisk({
    major: 22,
    shape: 'plain',
    files: (config) => buildTrunkFiles(config, account),
    ...(options.keepLogAs === undefined ? {} : { keepLogAs: options.keepLogAs }),
  });
  const greetingFolder = join(asterisk.folder, 'greetings');
  const heardFolder = join(asterisk.folder, 'heard');
  await Promise.all([mkdir(greetingFolder), mkdir(heardFolder)]);
  let greetings = 0;

  const calls = async () => parseTrunkLog(await readFile(asterisk.logFile, 'utf8'));
  const endedCall = async (number: string) => {
    const deadline = performance.now() + ENDED_MS_MAX;
    for (;;) {
      const newest = (await calls()).findLast((call) => call.number === number);
      if (newest?.endedAt !== undefined) return newest;
      if (performance.now() > deadline) {
        throw new Error(`no ended call to ${number} at the provider: ${JSON.stringify(newest)}`);
      }
      await sleep(50);
    }
  };
  return {
    account,
    asterisk,
    calls,
    endedCall,
    heard: async ({ id }) => Uint8Array.from(await readFile(join(heardFolder, `${id}.ulaw`))),
    async addGreeting(mulaw) {
      const greeting = greetings++;
      const name = `${String(greeting).padStart(3, '0')}.ulaw`;
      await writeFile(join(greetingFolder, name), mulaw);
      return trunkNumber({ kind: 'machine', greeting });
    },
    dial: (call = {}) =>
      dialSip({ extension: account.numbers[0] ?? '', ...call, sipPort: asterisk.sipPort }),
    stop: () => asterisk.stop(),
    [Symbol.asyncDispose]: () => asterisk.stop(),
  };
}

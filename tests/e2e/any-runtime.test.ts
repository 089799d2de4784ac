/** One and the same voice application, written for Twilio, under Deno and under Node, as a process of its own beside the relay. */

import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { EventLog } from '../relay/event-log.ts';
import { startAsteriskPbx } from '../rig/asterisk-pbx.ts';
import { findTcpPort } from '../rig/free-ports.ts';
import type { Phone } from '../rig/phone.ts';
import { requireAsterisk } from '../rig/requirement.ts';
import { toneLevel } from '../rig/tone-level.ts';
import { RelayProcess } from './relay-process.ts';

const pathOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const APPLICATION = pathOf('../handlers/echo-reply.ts');
const ONLY_LOOPBACK = '--allow-net=127.0.0.1 --allow-env=PORT';
const RUNTIMES: Readonly<Record<'deno' | 'node', readonly [string, ...string[]]>> = {
  deno: [
    pathOf('../node_modules/.bin/deno'),
    ...`run --no-config --no-lock --cached-only ${ONLY_LOOPBACK}`.split(' '),
  ],
  node: [process.execPath, '--import', pathOf('../handlers/deno-on-node.ts')],
};

/** Loud, and nowhere a sine. */
const SPEECH = Uint8Array.from(
  { length: 8000 },
  (_, i) => (i % 3 === 0 ? 0x80 : 0) + 1 + ((i * 11) % 50),
);

/** An application that was started from the command line. */
class Application {
  readonly lines = new EventLog<string>();
  readonly port: number;
  stderr = '';
  readonly #child: ReturnType<typeof spawn>;
  readonly #folder: string;

  private constructor(runtime: keyof typeof RUNTIMES, port: number, folder: string) {
    this.port = port;
    this.#folder = folder;
    const [command, ...args] = RUNTIMES[runtime];
    this.#child = spawn(command, [...args, APPLICATION], {
      stdio: ['ignore', 'pipe', 'pipe'],
      // What npm calls deno starts the real one: the two are a group, and end as one.
      detached: true,
      env: {
        PATH: process.env['PATH'] ?? '',
        PORT: String(port),
        DENO_DIR: folder,
        DENO_NO_UPDATE_CHECK: '1',
        NO_COLOR: '1',
      },
    });
    process.once('exit', this.#kill);
    let rest = '';
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.lines.add(line);
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
  }

  static async start(runtime: keyof typeof RUNTIMES): Promise<Application> {
    const folder = await mkdtemp(join(tmpdir(), 'patchcord-deno-'));
    const application = new Application(runtime, await findTcpPort(), folder);
    const { voiceUrl } = application;
    await expect
      .poll(() =>
        fetch(voiceUrl, { method: 'POST' }).then(
          ({ status }) => status,
          () => 0,
        ),
      )
      .toBe(200);
    return application;
  }

  get voiceUrl(): string {
    return `http://127.0.0.1:${this.port}/voice`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#child.once('close', () => resolve());
    if (this.#kill()) await promise;
    process.off('exit', this.#kill);
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** False where it has ended. */
  readonly #kill = (): boolean => {
    const { pid, exitCode, signalCode } = this.#child;
    if (pid === undefined || exitCode !== null || signalCode !== null) return false;
    return process.kill(-pid, 'SIGKILL');
  };
}

/** Waits until this tone is nearly all that was heard in the last 200 ms. */
async function hears(phone: Phone, frequencyHz: number): Promise<void> {
  await expect
    .poll(() => toneLevel(phone.recording.heard().slice(-1600), frequencyHz), { interval: 20 })
    .toBeGreaterThan(0.8);
}

/** Tenths of a second of this tone in what was heard. */
function heardTenths(phone: Phone, frequencyHz: number): number {
  const heard = phone.recording.heard();
  let tenths = 0;
  for (let i = 0; i + 800 <= heard.length; i += 800) {
    if (toneLevel(heard.subarray(i, i + 800), frequencyHz) > 0.8) tenths++;
  }
  return tenths;
}

describe.each(['deno', 'node'] as const)('a handler under %s', async (runtime) => {
  const { available, reason = '' } = await requireAsterisk(22);

  test.skipIf(!available)(
    `echoes, answers, is interrupted, and says goodbye ${reason}`,
    async () => {
      await using application = await Application.start(runtime);
      await using pbx = await startAsteriskPbx({ major: 22, shape: 'mikopbx' });
      await using relay = await RelayProcess.start(pbx, { VOICE_URL: application.voiceUrl });

      const phone = await pbx.dial({ extension: '999' });
      await hears(phone, 600);
      // The greeting's mark came back: only then the second tone.
      await hears(phone, 900);

      await phone.sendDtmf('3');
      await hears(phone, 1300);
      await phone.play(SPEECH);
      const heard = (): Buffer =>
        Buffer.from(phone.recording.payload().filter((byte) => byte !== 0xff));
      await expect.poll(() => heard().includes(Buffer.from(SPEECH))).toBe(true);
      // Five seconds were sent, and the caller spoke into the first.
      expect(heardTenths(phone, 1300)).toBeGreaterThan(0);
      expect(heardTenths(phone, 1300)).toBeLessThan(40);

      await phone.sendDtmf('*');
      await hears(phone, 400);
      // The application closed the stream, and the document goes on with <Hangup>.
      expect(await phone.ended).toMatchObject({ by: 'pbx' });
      expect(await application.lines.until('its end', (line) => line.startsWith('closed'))).toBe(
        'closed 1000',
      );

      const other = await pbx.dial({ extension: '999' });
      await hears(other, 900);
      await other.hangup();
      await application.lines.until('stop', (line) => line === 'stop');
      await expect
        .poll(() => application.lines.all.filter((line) => line.startsWith('closed')))
        .toEqual(['closed 1000', 'closed 1000']);
      expect(relay.codes).toEqual([]);
      expect(application.stderr).toMatch(runtime === 'deno' ? /^(Listening on .*\n)?$/u : /^$/u);
      await expect.poll(() => pbx.leftovers()).toEqual({ channels: [], bridges: [] });
      expect(await relay.stop()).toBe(0);
    },
  );
});

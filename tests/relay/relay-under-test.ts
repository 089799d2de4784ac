/** The relay in this process, pointed at a PBX, with its log at hand. */

import { mkdtemp, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig } from '@patchcord/relay/config';
import { listen, relayRoutes } from '@patchcord/relay/io/http';
import { openLog } from '@patchcord/relay/io/log';
import { Metrics } from '@patchcord/relay/io/metrics';
import { Relay } from '@patchcord/relay/io/relay';
import type { Pbx } from '../rig/pbx.ts';
import { EventLog } from './event-log.ts';
import { leaseRelayPorts } from './relay-ports.ts';

export interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly code?: string;
  readonly callSid?: string;
  readonly twilioCode?: number;
}

export const ACCOUNT_SID = `AC${'7'.repeat(32)}`;
export const AUTH_TOKEN = 'a token of the tests, 32 letters';

export class RelayUnderTest {
  readonly relay: Relay;
  readonly log: EventLog<LogLine>;
  /** The relay's own HTTP: REST, health, metrics. Without a slash at its end. */
  readonly httpUrl: string;
  readonly #dataDirectory: string;
  readonly #server: Server;

  private constructor(relay: Relay, log: EventLog<LogLine>, server: Server, dataDirectory: string) {
    this.relay = relay;
    this.log = log;
    this.#server = server;
    const { port } = server.address() as AddressInfo;
    this.httpUrl = `http://127.0.0.1:${port}`;
    this.#dataDirectory = dataDirectory;
  }

  /** Starts it; done when Asterisk is connected, unless `isConnected` says not to wait. */
  static async start(
    pbx: Pbx,
    environment: Readonly<Record<string, string>>,
    { isConnected = true }: { readonly isConnected?: boolean } = {},
  ): Promise<RelayUnderTest> {
    const log = new EventLog<LogLine>();
    const dataDirectory = await mkdtemp(join(tmpdir(), 'patchcord-relay-'));
    const config = parseConfig({
      ARI_URL: pbx.ariUrl,
      ARI_USERNAME: pbx.ariUsername,
      ARI_PASSWORD: pbx.ariPassword,
      ACCOUNT_SID,
      AUTH_TOKEN,
      RTP_PORTS: leaseRelayPorts(),
      DATA_DIRECTORY: dataDirectory,
      ...environment,
    });
    const destination = { write: (line: string) => log.add(JSON.parse(line)) };
    const relayLog = openLog('debug', destination);
    const relay = new Relay(config, relayLog);
    const routes = relayRoutes(relay, new Metrics(relay), relayLog);
    const server = await listen(routes, { host: '127.0.0.1', port: 0 });
    const underTest = new RelayUnderTest(relay, log, server, dataDirectory);
    underTest.relay.start();
    if (isConnected) await underTest.logged('connected to Asterisk');
    return underTest;
  }

  /** Waits for a line by its message or code. */
  logged(messageOrCode: string): Promise<LogLine> {
    return this.log.until(
      `\`${messageOrCode}\` in the log, which has\n${this.log.all.map((line) => JSON.stringify(line)).join('\n')}`,
      ({ msg, code }) => msg === messageOrCode || code === messageOrCode,
    );
  }

  /** Codes of everything that was logged as a warning or worse, in order, each once. */
  get codes(): string[] {
    const bad = this.log.all.filter(({ level }) => level >= 40);
    return [...new Set(bad.map(({ code, msg }) => code ?? msg))];
  }

  /** Waits until no call is left. */
  async idle(): Promise<void> {
    await Promise.all([...this.relay.calls].map(({ ended }) => ended));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.relay.stop(0);
    this.#server.closeAllConnections();
    this.#server.close();
    await rm(this.#dataDirectory, { recursive: true, force: true });
  }
}

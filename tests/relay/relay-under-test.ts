/** The relay in this process, pointed at a PBX, with its log at hand. */

import { parseConfig } from '@patchcord/relay/config';
import { openLog } from '@patchcord/relay/io/log';
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

  private constructor(relay: Relay, log: EventLog<LogLine>) {
    this.relay = relay;
    this.log = log;
  }

  /** Starts it; done when Asterisk is connected, unless `isConnected` says not to wait. */
  static async start(
    pbx: Pbx,
    environment: Readonly<Record<string, string>>,
    { isConnected = true }: { readonly isConnected?: boolean } = {},
  ): Promise<RelayUnderTest> {
    const log = new EventLog<LogLine>();
    const config = parseConfig({
      ARI_URL: pbx.ariUrl,
      ARI_USERNAME: pbx.ariUsername,
      ARI_PASSWORD: pbx.ariPassword,
      ACCOUNT_SID,
      AUTH_TOKEN,
      RTP_PORTS: leaseRelayPorts(),
      ...environment,
    });
    const destination = { write: (line: string) => log.add(JSON.parse(line)) };
    const underTest = new RelayUnderTest(new Relay(config, openLog('debug', destination)), log);
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

  [Symbol.asyncDispose](): Promise<void> {
    return this.relay.stop(0);
  }
}

/** A relay as a process of its own, between one PBX and a backend: everything of a call but the phone. */

import { RelayProcess } from '../e2e/relay-process.ts';
import type { LogLine } from '../relay/relay-under-test.ts';
import type { Pbx } from '../rig/pbx.ts';
import type { DialOptions, Phone } from '../rig/phone.ts';
import { API_TOKEN, type Backend } from './backend.ts';
import { fetchFinalReport, type CallReport } from './call-report.ts';
import { converse, type Exchange, type Line } from './converse.ts';
import { combine, type ConversationResult } from './result.ts';

export interface Conversation {
  readonly phone: Phone;
  readonly exchanges: readonly Exchange[];
  readonly report: CallReport;
  readonly result: ConversationResult;
}

export class System {
  readonly pbx: Pbx;
  readonly backend: Backend;
  readonly relay: RelayProcess;

  private constructor(pbx: Pbx, backend: Backend, relay: RelayProcess) {
    this.pbx = pbx;
    this.backend = backend;
    this.relay = relay;
  }

  /** Starts the relay; PBX and backend stay their owner's. */
  static async start(pbx: Pbx, backend: Backend): Promise<System> {
    const environment = { VOICE_URL: `${backend.edge.url}/voice`, DRAIN_SECONDS: '0' };
    return new System(pbx, backend, await RelayProcess.start(pbx, environment));
  }

  /** Places a call, holds the conversation, hangs up unless the agent has, and looks at it from both ends. */
  async converse(
    call: DialOptions,
    script: readonly Line[],
    onExchange?: (exchange: Exchange) => void,
  ): Promise<Conversation> {
    const earlier = this.relay.log.all.length;
    const phone = await this.pbx.dial(call);
    const isArrival = (line: LogLine): boolean =>
      line.msg === 'call arrived' && this.relay.log.all.indexOf(line) >= earlier;
    const { callSid = '' } = await this.relay.log.until('the call to arrive', isArrival);
    try {
      const exchanges = await converse(phone, script, onExchange);
      await phone.hangup();
      const report = await fetchFinalReport(this.backend.edge.url, API_TOKEN, callSid);
      const metrics = await this.relay.metrics();
      const lost =
        phone.stats().lost + metrics.of('rtp_in_lost_total') + metrics.of('rtp_in_late_total');
      return { phone, exchanges, report, result: combine(this.pbx.name, exchanges, report, lost) };
    } finally {
      await phone.hangup();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.relay.stop();
  }
}

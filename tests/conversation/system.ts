/** A relay as a process of its own, between one PBX and a backend: everything of a call but the phone. */

import { z } from 'zod';
import { RelayProcess, type Environment, type Metrics } from '../e2e/relay-process.ts';
import type { LogLine } from '../relay/relay-under-test.ts';
import type { Pbx } from '../rig/pbx.ts';
import type { DialOptions, Phone } from '../rig/phone.ts';
import { API_TOKEN, type Backend } from './backend.ts';
import { fetchFinalReport, type CallReport } from './call-report.ts';
import { converse, type Exchange, type Line } from './converse.ts';
import { combine, type ConversationResult } from './result.ts';

const SLOT_MS = 20;
/** Of prom-client's watch over the event loop. */
const LAG_RESOLUTION_MS = 10;
const endSchema = z.looseObject({ rtpOut: z.looseObject({ skippedSlots: z.int() }) });

export interface Conversation {
  readonly phone: Phone;
  /** From the answer to the end, at the phone. */
  readonly lengthMs: number;
  readonly exchanges: readonly Exchange[];
  readonly report: CallReport;
  readonly result: ConversationResult;
}

export class System {
  readonly pbx: Pbx;
  readonly backend: Backend;
  readonly relay: RelayProcess;
  #lagMs = 0;

  private constructor(pbx: Pbx, backend: Backend, relay: RelayProcess) {
    this.pbx = pbx;
    this.backend = backend;
    this.relay = relay;
  }

  /** Starts the relay, with `environment` over its own; PBX and backend stay their owner's. */
  static async start(pbx: Pbx, backend: Backend, environment: Environment = {}): Promise<System> {
    const own = { VOICE_URL: `${backend.edge.url}/voice`, DRAIN_SECONDS: '0' };
    return new System(pbx, backend, await RelayProcess.start(pbx, { ...own, ...environment }));
  }

  /** Places a call, holds the conversation, hangs up unless the agent has, and looks at it from both ends. */
  async converse(
    call: DialOptions,
    script: readonly Line[],
    onExchange?: (exchange: Exchange) => void,
  ): Promise<Conversation> {
    await this.forgetStalls();
    const earlier = this.relay.log.all.length;
    const phone = await this.pbx.dial(call);
    const answeredAt = performance.now();
    const ended = phone.ended.then(() => performance.now());
    const isArrival = (line: LogLine): boolean =>
      line.msg === 'call arrived' && this.relay.log.all.indexOf(line) >= earlier;
    const { callSid = '' } = await this.relay.log.until('the call to arrive', isArrival);
    try {
      const exchanges = await converse(phone, script, onExchange);
      await phone.hangup();
      const report = await fetchFinalReport(this.backend.edge.url, API_TOKEN, callSid);
      const metrics = await this.#metrics();
      const lost =
        phone.stats().lost + metrics.of('rtp_in_lost_total') + metrics.of('rtp_in_late_total');
      const lengthMs = (await ended) - answeredAt;
      const result = combine(this.pbx.name, exchanges, report, lost);
      return { phone, lengthMs, exchanges, report, result };
    } finally {
      await phone.hangup();
    }
  }

  /**
   * For so long at most the relay had no CPU when something was due, since {@link converse} began and until a call had ended: by its own
   * log and figures. 0 where it was less than a slot.
   */
  async stalledMs(callSid: string): Promise<number> {
    const line = await this.relay.log.until('the end of the call in the log', (each) => {
      return each.msg === 'call ended' && each.callSid === callSid;
    });
    await this.#metrics();
    const skippedMs = SLOT_MS * endSchema.parse(line).rtpOut.skippedSlots;
    return Math.max(skippedMs, this.#lagMs < SLOT_MS ? 0 : Math.round(this.#lagMs));
  }

  /** From here on {@link stalledMs} is of what comes. */
  async forgetStalls(): Promise<void> {
    await this.#metrics();
    this.#lagMs = 0;
  }

  /** The longest lag of its event loop is told once, since it was told last. */
  async #metrics(): Promise<Metrics> {
    const metrics = await this.relay.metrics();
    const lagMs = 1000 * (metrics.values.get('nodejs_eventloop_lag_max_seconds') ?? 0);
    this.#lagMs = Math.max(this.#lagMs, lagMs - LAG_RESOLUTION_MS);
    return metrics;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.relay.stop();
  }
}

/** Everything of a call but the phone: provider stand-ins, the edge in workerd, the relay as a process, pointed at one PBX. */

import { startEdge, type Edge } from '../edge/worker.ts';
import { RelayProcess } from '../e2e/relay-process.ts';
import { ACCOUNT_SID, AUTH_TOKEN, type LogLine } from '../relay/relay-under-test.ts';
import type { Pbx } from '../rig/pbx.ts';
import type { DialOptions, Phone } from '../rig/phone.ts';
import { startStandins, type Standins, type StandinsOptions } from '../standins/start.ts';
import { fetchFinalReport, type CallReport } from './call-report.ts';
import { converse, type Exchange, type Line } from './converse.ts';
import { combine, type ConversationResult } from './result.ts';

const API_TOKEN = 'the-api-token-of-the-tests';

export interface SystemOptions {
  readonly standins?: StandinsOptions;
  /** Variables of the edge over those of the tests, such as a real provider's key. */
  readonly vars?: Readonly<Record<string, string>>;
  readonly onEdgeLog?: (line: string) => void;
  /** Told of each part as it is up. */
  readonly onStarted?: (part: string) => void;
}

export interface Conversation {
  readonly phone: Phone;
  readonly exchanges: readonly Exchange[];
  readonly report: CallReport;
  readonly result: ConversationResult;
}

export class System {
  readonly pbx: Pbx;
  readonly standins: Standins;
  readonly edge: Edge;
  readonly relay: RelayProcess;

  private constructor(pbx: Pbx, standins: Standins, edge: Edge, relay: RelayProcess) {
    this.pbx = pbx;
    this.standins = standins;
    this.edge = edge;
    this.relay = relay;
  }

  /** Starts all of it; when one part fails, none is left running. The PBX stays its owner's. */
  static async start(pbx: Pbx, options: SystemOptions = {}): Promise<System> {
    const { onStarted = () => {}, onEdgeLog } = options;
    await using stack = new AsyncDisposableStack();
    const standins = await startStandins(options.standins);
    stack.defer(() => standins.close());
    onStarted('provider stand-ins');
    const edge = await startEdge({
      ...(onEdgeLog === undefined ? {} : { onLog: onEdgeLog }),
      vars: {
        ACCOUNT_SID,
        AUTH_TOKEN,
        API_TOKEN,
        AZURE_SPEECH_KEY: 'stand-in',
        OPENROUTER_API_KEY: 'stand-in',
        ELEVENLABS_API_KEY: 'stand-in',
        AZURE_SPEECH_URL: standins.azureSpeechUrl,
        OPENROUTER_URL: standins.openrouterUrl,
        ELEVENLABS_URL: standins.elevenlabsUrl,
        ...options.vars,
      },
    });
    stack.defer(() => edge.stop());
    // The first request compiles the Worker: a caller should not have to wait for that.
    await fetch(`${edge.url}/healthz`);
    onStarted('edge');
    const relay = stack.use(
      await RelayProcess.start(pbx, { VOICE_URL: `${edge.url}/voice`, DRAIN_SECONDS: '0' }),
    );
    onStarted('relay');
    stack.move();
    return new System(pbx, standins, edge, relay);
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
      const report = await fetchFinalReport(this.edge.url, API_TOKEN, callSid);
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
    await this.edge.stop();
    await this.standins.close();
  }
}

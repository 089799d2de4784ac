/** The handler's side of a call: provider stand-ins, and the edge in workerd that talks to them. Serves any number of relays. */

import { startEdge, type Edge } from '../edge/worker.ts';
import { ACCOUNT_SID, AUTH_TOKEN } from '../relay/relay-under-test.ts';
import { startStandins, type Standins, type StandinsOptions } from '../standins/start.ts';

export const API_TOKEN = 'the-api-token-of-the-tests';

export interface BackendOptions {
  readonly standins?: StandinsOptions;
  /** Variables of the edge over those of the tests, such as a real provider's key. */
  readonly vars?: Readonly<Record<string, string>>;
  readonly onEdgeLog?: (line: string) => void;
  /** Told of each part as it is up. */
  readonly onStarted?: (part: string) => void;
}

export class Backend {
  readonly standins: Standins;
  readonly edge: Edge;

  private constructor(standins: Standins, edge: Edge) {
    this.standins = standins;
    this.edge = edge;
  }

  /** Starts both; when one fails, neither is left running. */
  static async start(options: BackendOptions = {}): Promise<Backend> {
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
    await (await fetch(`${edge.url}/healthz`)).body?.cancel();
    onStarted('edge');
    stack.move();
    return new Backend(standins, edge);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.edge.stop();
    await this.standins.close();
  }
}

/** The Worker in workerd with stand-ins of all its providers: what the tests of this folder talk to. */
import { startStandins, type Standins, type StandinsOptions } from '../standins/start.ts';
import { TwilioCall } from './twilio-call.ts';
import { startEdge, type Edge } from './worker.ts';

export const AUTH_TOKEN = 'an auth token';
export const API_TOKEN = 'an-api-token';

/** A call as the API answers it, as far as tests look at it. */
export interface Report {
  readonly callSid: string;
  readonly status: string;
  readonly endReason: string | null;
  readonly from: string | null;
  readonly to: string | null;
  /** Null: the agent of the Worker's variables. */
  readonly agent: string | null;
  readonly agentVersion: number | null;
  readonly turns: readonly {
    readonly index: number;
    readonly kind: string;
    readonly understood?: string;
    readonly agent: string;
    readonly heard: string;
    readonly interrupted: boolean;
    readonly model?: string;
    readonly waterfallMs: Readonly<Record<string, number>>;
    readonly errors: readonly { readonly code: string; readonly message: string }[];
  }[];
  readonly errors: readonly { readonly code: string }[];
}

export interface WorldOptions {
  /** Where the Worker's storage is kept for {@link World.restart}; without one it goes with the Worker. */
  readonly persistPath?: string;
  readonly vars?: Readonly<Record<string, string>>;
  readonly standins?: StandinsOptions;
}

export class World {
  readonly standins: Standins;
  readonly logs: string[] = [];
  readonly #options: WorldOptions;
  #edge: Edge | undefined;

  private constructor(standins: Standins, options: WorldOptions) {
    this.standins = standins;
    this.#options = options;
  }

  /** Everything is listening. An empty variable is one that is not set. */
  static async start(options: WorldOptions = {}): Promise<World> {
    const world = new World(await startStandins(options.standins), options);
    try {
      await world.#startEdge();
      return world;
    } catch (error) {
      await world.standins.close();
      throw error;
    }
  }

  get edge(): Edge {
    if (this.#edge === undefined) throw new Error('the Worker is not running');
    return this.#edge;
  }

  /** The Worker ends with all that it has in memory, and another one begins. */
  async restart(): Promise<void> {
    await this.edge.stop();
    await this.#startEdge();
  }

  async #startEdge(): Promise<void> {
    const { standins } = this;
    const { persistPath, vars } = this.#options;
    this.#edge = await startEdge({
      vars: {
        AUTH_TOKEN,
        API_TOKEN,
        AZURE_SPEECH_KEY: 'a key',
        OPENROUTER_API_KEY: 'a key',
        ELEVENLABS_API_KEY: 'a key',
        AZURE_SPEECH_URL: standins.azureSpeechUrl,
        OPENROUTER_URL: standins.openrouterUrl,
        ELEVENLABS_URL: standins.elevenlabsUrl,
        AGENT_GREETING: 'Hello!',
        AGENT_APOLOGY: 'Say it again.',
        AGENT_FAILURE: 'We are broken.',
        AGENT_LLM_TIMEOUT_MS: '1500',
        AGENT_TTS_TIMEOUT_MS: '1500',
        // Phrases voiced beside the call would take the faults that a test plans for the call.
        AGENT_CLIPS: 'off',
        // What one test breaks, the next one finds whole.
        PROVIDER_CIRCUIT_MS: '0',
        ...vars,
      },
      onLog: (line) => this.logs.push(line),
      ...(persistPath === undefined ? {} : { persistPath }),
    });
  }

  async stop(): Promise<void> {
    await this.edge.stop();
    await this.standins.close();
  }

  dial(options: Partial<Parameters<typeof TwilioCall.dial>[0]> = {}): Promise<TwilioCall> {
    return TwilioCall.dial({ wsUrl: this.edge.wsUrl, authToken: AUTH_TOKEN, ...options });
  }

  /** Dials, and hears the greeting out. */
  async dialAndListen(options: Parameters<World['dial']>[0] = {}): Promise<TwilioCall> {
    const call = await this.dial(options);
    await call.untilHeard('Hello!');
    return call;
  }

  get(path: string, token: string = API_TOKEN): Promise<Response> {
    return fetch(`${this.edge.url}${path}`, { headers: { Authorization: `Bearer ${token}` } });
  }

  async report(callSid: string): Promise<Report> {
    const response = await this.get(`/api/v1/calls/${callSid}`);
    if (!response.ok) throw new Error(`the API answered ${response.status}`);
    return (await response.json()) as Report;
  }

  /** The call once it has ended. */
  async finalReport(callSid: string): Promise<Report> {
    for (let i = 0; i < 100; i++) {
      const report = await this.report(callSid);
      if (report.status !== 'in-progress') return report;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error('the call does not end');
  }

  /** What the model was told at its latest request, without the instructions. */
  lastMessages(): string[] {
    const body = this.standins.openrouter.requests.entries.at(-1)?.body;
    const { messages } = body as { messages: { role: string; content: string }[] };
    return messages.slice(1).map(({ role, content }) => `${role}: ${content}`);
  }
}

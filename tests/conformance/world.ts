/** A simulated PBX, the real relay with its REST interface, and a handler that keeps every byte. */

import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import twilio from 'twilio';
import { listen, relayRoutes } from '@patchcord/relay/io/http';
import { openLog } from '@patchcord/relay/io/log';
import { Metrics } from '@patchcord/relay/io/metrics';
import { ACCOUNT_SID, AUTH_TOKEN, RelayUnderTest } from '../relay/relay-under-test.ts';
import { twilioClient } from '../rest/twilio-client.ts';
import type { DialOptions, Phone } from '../rig/phone.ts';
import { startSimulatedPbx, type SimulatedPbx } from '../sim/simulated-pbx.ts';
import {
  headerOf,
  parametersOf,
  RawHandler,
  type Answer,
  type Message,
  type RawRequest,
  type RawStream,
  type Upgrade,
} from './raw-handler.ts';

export { ACCOUNT_SID, AUTH_TOKEN };

export const CALLER = '15551230000';

/** The plainest document: one stream. */
export const CONNECT = '<Response><Connect><Stream url="{ws}/media"/></Connect></Response>';

export interface WorldOptions {
  /** What the voice webhook answers; `{ws}` and `{http}` become the handler's addresses. Default {@link CONNECT}. */
  readonly twiml?: string;
  /** Answers other requests, and `/voice` if it wants to; by default TwiML without a verb. Braces as in `twiml`. */
  readonly answer?: (request: RawRequest) => Answer | undefined;
  readonly upgrade?: (request: RawRequest) => Upgrade;
  readonly onMessage?: (message: Message, stream: RawStream) => void;
  /** Variables of the relay. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** Variables with which the relay may call the numbers of the simulated provider. */
const OUTBOUND = {
  OUTBOUND_ENDPOINT: 'PJSIP/{number}@trunk',
  OUTBOUND_ALLOW: '+1555*,2*',
  OUTBOUND_CALLER_IDS: '+15550001000',
  OUTBOUND_CALLS_PER_SECOND: '50',
  OUTBOUND_PER_NUMBER_PER_HOUR: '1000',
  OUTBOUND_PER_NUMBER_GAP_SECONDS: '0',
};

/** A caller ID that the relay may show. */
export const FROM = '+15550001000';

export class World implements AsyncDisposable {
  readonly pbx: SimulatedPbx;
  readonly relay: RelayUnderTest;
  readonly handler: RawHandler;
  /** Twilio's own SDK, pointed at the relay. */
  readonly client: twilio.Twilio;
  readonly #server: Server;

  private constructor(
    pbx: SimulatedPbx,
    relay: RelayUnderTest,
    handler: RawHandler,
    server: Server,
  ) {
    this.pbx = pbx;
    this.relay = relay;
    this.handler = handler;
    this.#server = server;
    this.client = twilioClient(this.restUrl, ACCOUNT_SID, AUTH_TOKEN);
  }

  static async start(options: WorldOptions = {}): Promise<World> {
    const { twiml = CONNECT, answer, upgrade, onMessage, environment } = options;
    const fill = (text: string): string =>
      text
        .replaceAll('{ws}', `ws://127.0.0.1:${handler.port}`)
        .replaceAll('{http}', `http://127.0.0.1:${handler.port}`);
    const handler = await RawHandler.start({
      answer: (request) => {
        const own = answer?.(request);
        const isVoice = request.target.startsWith('/voice');
        const given = own ?? { body: isVoice ? twiml : '<Response/>' };
        return given.body === undefined ? given : { ...given, body: fill(given.body) };
      },
      ...(upgrade === undefined ? {} : { upgrade }),
      ...(onMessage === undefined ? {} : { onMessage }),
    });
    const pbx = await startSimulatedPbx();
    const filled = Object.entries(environment ?? {}).map(([name, text]) => [name, fill(text)]);
    const relay = await RelayUnderTest.start(pbx, {
      VOICE_URL: `http://127.0.0.1:${handler.port}/voice`,
      ...OUTBOUND,
      ...Object.fromEntries(filled),
    });
    const routes = relayRoutes(relay.relay, new Metrics(relay.relay), openLog('silent'));
    const server = await listen(routes, { host: '127.0.0.1', port: 0 });
    return new World(pbx, relay, handler, server);
  }

  get httpUrl(): string {
    return `http://127.0.0.1:${this.handler.port}`;
  }

  get wsUrl(): string {
    return `ws://127.0.0.1:${this.handler.port}`;
  }

  get restUrl(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** A request to the REST interface; `path` begins behind the account. */
  async rest(
    path: string,
    form?: Readonly<Record<string, string>> | string,
    init: RequestInit = {},
  ): Promise<{ status: number; json: Record<string, unknown> }> {
    const credentials = Buffer.from(`${ACCOUNT_SID}:${AUTH_TOKEN}`).toString('base64');
    const url = `${this.restUrl}/2010-04-01/Accounts/${ACCOUNT_SID}${path}`;
    const body = form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) };
    const response = await fetch(url, {
      headers: { Authorization: `Basic ${credentials}` },
      ...body,
      ...init,
    });
    const text = await response.text();
    return { status: response.status, json: text === '' ? {} : JSON.parse(text) };
  }

  /** A caller, answered; with `until: 'sent'` one that may never be. */
  call(options: Partial<DialOptions> = {}): Promise<Phone> {
    return this.pbx.dial({ extension: '999', callerNumber: CALLER, ...options });
  }

  /** The relay's socket number `index`, once its `start` is there. */
  async stream(index = 0): Promise<RawStream> {
    const { streams } = this.handler;
    await streams.until(`stream ${index}`, () => streams.all.length > index);
    const stream = streams.all[index];
    if (stream === undefined) throw new Error('unreachable');
    await stream.untilEvent('start');
    return stream;
  }

  /** Requests to a path, without its query. */
  requestsTo(path: string): RawRequest[] {
    return this.handler.requests.all.filter(({ target }) => target.split('?')[0] === path);
  }

  /** The request number `index` to a path, past or to come. */
  async request(path: string, index = 0): Promise<RawRequest> {
    const what = `request ${index} to ${path}`;
    await this.handler.requests.until(what, () => this.requestsTo(path).length > index);
    const request = this.requestsTo(path)[index];
    if (request === undefined) throw new Error('unreachable');
    return request;
  }

  /** Parameters of that request by name. */
  async form(path: string, index = 0): Promise<Record<string, string>> {
    return Object.fromEntries(parametersOf(await this.request(path, index)));
  }

  /** The request to `path` whose parameters have these. */
  async formWith(
    path: string,
    wanted: Readonly<Record<string, string>>,
  ): Promise<Record<string, string>> {
    const found = await this.handler.requests.until(
      `a request to ${path} with ${JSON.stringify(wanted)}, of\n${this.requestsTo(path)
        .map(({ body }) => body)
        .join('\n')}`,
      (request) => {
        if (request.target.split('?')[0] !== path) return false;
        const form = Object.fromEntries(parametersOf(request));
        return Object.entries(wanted).every(([name, value]) => form[name]?.startsWith(value));
      },
    );
    return Object.fromEntries(parametersOf(found));
  }

  /** Whether Twilio's own SDK takes a request for Twilio's. */
  isSigned(request: RawRequest): boolean {
    const form = request.body === '' ? {} : Object.fromEntries(parametersOf(request));
    const signature = headerOf(request, 'X-Twilio-Signature');
    const url = `http://127.0.0.1:${this.handler.port}${request.target}`;
    return twilio.validateRequest(AUTH_TOKEN, signature, url, form);
  }

  /** Waits for a line of the relay's log with this number of Twilio's. */
  async warned(twilioCode: number): Promise<void> {
    await this.relay.log.until(
      `${twilioCode} in the log, which has ${this.relay.codes.join(', ')}`,
      (line) => line.twilioCode === twilioCode || line.msg.includes(`Twilio error ${twilioCode}`),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await this.relay[Symbol.asyncDispose]();
    await this.pbx.stop();
    await this.handler[Symbol.asyncDispose]();
  }
}

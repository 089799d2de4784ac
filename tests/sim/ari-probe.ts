import { WebSocket } from 'ws';
import { z } from 'zod';
import type { Pbx } from '../rig/pbx.ts';

/** What ARI answered. */
export interface ProbeAnswer {
  readonly status: number;
  readonly statusText: string;
  /** Parsed JSON; the text where it is none; null when empty. */
  readonly body: unknown;
}

const eventSchema = z.looseObject({
  type: z.string(),
  channel: z.looseObject({ id: z.string() }).optional(),
  bridge: z.looseObject({ id: z.string(), channels: z.array(z.string()) }).optional(),
  peer: z.looseObject({ id: z.string() }).optional(),
});

/** An event as it came, with the fields that tests look at. */
export type ProbeEvent = z.infer<typeof eventSchema>;

const WAIT_MS_MAX = 5000;

/** The events of one socket, in the order they came. */
export class ProbeEvents {
  readonly received: ProbeEvent[] = [];
  readonly #socket: WebSocket;
  readonly #waiting = new Set<() => void>();
  #taken = 0;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    // ws gives text as a Buffer.
    socket.on('message', (data: Buffer) => {
      this.received.push(eventSchema.parse(JSON.parse(data.toString('utf8'))));
      for (const check of this.#waiting) check();
    });
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** Waits for an event that fits, among those not taken yet; answers all up to and with it, and takes them. */
  async until(fits: (event: ProbeEvent) => boolean): Promise<readonly ProbeEvent[]> {
    const { promise, resolve, reject } = Promise.withResolvers<readonly ProbeEvent[]>();
    const check = () => {
      const index = this.received.findIndex((event, at) => at >= this.#taken && fits(event));
      if (index < 0) return;
      this.#waiting.delete(check);
      resolve(this.received.slice(this.#taken, (this.#taken = index + 1)));
    };
    const timer = setTimeout(() => {
      const seen = this.received.slice(this.#taken).map(({ type }) => type);
      reject(new Error(`event never came; there were: ${seen.join(', ') || 'none'}`));
    }, WAIT_MS_MAX);
    this.#waiting.add(check);
    check();
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(check);
    }
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#socket.once('close', resolve));
    this.#socket.close();
    await closed;
  }
}

/** A bare ARI client for tests of the PBX itself: no retries, no types, nothing of the relay's. */
export class AriProbe {
  readonly #pbx: Pbx;
  readonly #base: string;

  /** `prefix`: of the HTTP server, empty or `asterisk`. */
  constructor(pbx: Pbx, prefix: string) {
    this.#pbx = pbx;
    this.#base = `${pbx.ariUrl}${prefix === '' ? '' : `/${prefix}`}/ari`;
  }

  /** A path below `/ari`. `body`: an object becomes JSON, a string is sent as it is. */
  async request(
    method: string,
    path: string,
    options: { readonly body?: unknown; readonly isAnonymous?: boolean } = {},
  ): Promise<ProbeAnswer> {
    const headers: Record<string, string> = {};
    if (options.isAnonymous !== true) {
      const { ariUsername, ariPassword } = this.#pbx;
      headers['Authorization'] = `Basic ${btoa(`${ariUsername}:${ariPassword}`)}`;
    }
    const init: RequestInit = { method, headers };
    if (options.body !== undefined) {
      headers['Content-Type'] = 'application/json';
      init.body = typeof options.body === 'string' ? options.body : JSON.stringify(options.body);
    }
    const response = await fetch(`${this.#base}${path}`, init);
    const text = await response.text();
    const { status, statusText } = response;
    return { status, statusText, body: parseOrText(text) };
  }

  /** Opens an event socket for an application. */
  async connect(app: string): Promise<ProbeEvents> {
    const { ariUsername, ariPassword } = this.#pbx;
    const url = `${this.#base.replace('http', 'ws')}/events?app=${app}`;
    const socket = new WebSocket(url, { auth: `${ariUsername}:${ariPassword}` });
    const events = new ProbeEvents(socket);
    await new Promise((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    return events;
  }
}

function parseOrText(text: string): unknown {
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

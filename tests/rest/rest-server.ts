/** The REST router on a real HTTP server, over calls in memory. */

import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { listen } from '@patchcord/relay/io/http';
import { twilioRestRoutes } from '@patchcord/shared/twilio/rest/router';
import type { Twilio } from 'twilio';
import { MemoryCalls } from './memory-calls.ts';
import { twilioClient } from './twilio-client.ts';

export const ACCOUNT_SID = `AC${'5'.repeat(32)}`;
export const AUTH_TOKEN = 'a token of the tests, 32 letters';

export class RestServer {
  readonly calls: MemoryCalls;
  readonly baseUrl: string;
  readonly client: Twilio;
  /** What the router could not explain. */
  readonly reported: unknown[];
  readonly #server: Server;

  private constructor(server: Server, calls: MemoryCalls, reported: unknown[]) {
    this.#server = server;
    this.calls = calls;
    this.reported = reported;
    this.baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.client = twilioClient(this.baseUrl, ACCOUNT_SID, AUTH_TOKEN);
  }

  static async start(): Promise<RestServer> {
    const control = new MemoryCalls(ACCOUNT_SID);
    const reported: unknown[] = [];
    const options = { accountSid: ACCOUNT_SID, authToken: AUTH_TOKEN, control };
    const routes = twilioRestRoutes({ ...options, report: (error) => reported.push(error) });
    return new RestServer(await listen(routes, { host: '127.0.0.1', port: 0 }), control, reported);
  }

  /** A request without the SDK; `path` begins behind the account. */
  request(path: string, init: RequestInit = {}): Promise<Response> {
    const credentials = Buffer.from(`${ACCOUNT_SID}:${AUTH_TOKEN}`).toString('base64');
    const headers = new Headers(init.headers);
    headers.set('Authorization', `Basic ${credentials}`);
    const url = new URL(`/2010-04-01/Accounts/${ACCOUNT_SID}${path}`, this.baseUrl);
    return fetch(url, { ...init, headers });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    await promise;
  }
}

/**
 * A Twilio application for tests: documents and files behind paths, a relay that uses it, and the official SDK pointed at
 * the relay.
 */

import { encodeWav } from '@patchcord/shared/audio/wav';
import { twilioClient } from '../rest/twilio-client.ts';
import type { Pbx } from '../rig/pbx.ts';
import { TestHandler, type HandlerOptions, type VoiceAnswer } from './handler.ts';
import { ACCOUNT_SID, AUTH_TOKEN, RelayUnderTest } from './relay-under-test.ts';

/** Verbs without their `<Response>`, or a file, for every path; other paths are not there (404). */
export type Documents = Readonly<
  Record<string, string | Uint8Array | ((form: URLSearchParams) => string)>
>;

export interface ApplicationOptions {
  /** `/voice` is what callers get. */
  readonly documents?: Documents;
  readonly environment?: Readonly<Record<string, string>>;
  readonly onMessage?: HandlerOptions['onMessage'];
  readonly isOurEdge?: boolean;
}

/** What lets the relay call the rig's provider and its phones. */
export const OUTBOUND: Readonly<Record<string, string>> = {
  OUTBOUND_ENDPOINT: 'PJSIP/{number}@trunk',
  OUTBOUND_ALLOW: '+1555* 2*',
  OUTBOUND_CALLS_PER_SECOND: '50',
  OUTBOUND_CALLS_MAX: '100',
  OUTBOUND_PER_NUMBER_GAP_SECONDS: '0',
};

export class Application {
  readonly handler: TestHandler;
  readonly relay: RelayUnderTest;
  /** The official SDK. */
  readonly client: ReturnType<typeof twilioClient>;

  private constructor(handler: TestHandler, relay: RelayUnderTest) {
    this.handler = handler;
    this.relay = relay;
    this.client = twilioClient(relay.httpUrl, ACCOUNT_SID, AUTH_TOKEN);
  }

  static async start(
    pbx: Pbx,
    { documents = {}, environment = {}, onMessage, isOurEdge = false }: ApplicationOptions = {},
  ): Promise<Application> {
    const handler = await TestHandler.start({
      isOurEdge,
      voice: (form, path) => answer(documents[path], form),
      ...(onMessage === undefined ? {} : { onMessage }),
    });
    const relay = await RelayUnderTest.start(pbx, {
      VOICE_URL: handler.voiceUrl,
      ...environment,
    });
    return new Application(handler, relay);
  }

  /** The absolute address of a path. */
  url(path: string): string {
    return this.handler.voiceUrl.replace('/voice', path);
  }

  /** Method, path and call status of every request so far. */
  get asked(): readonly (readonly [
    method: string | undefined,
    path: string,
    status: string | null,
  ])[] {
    return this.handler.webhooks.all.map(({ request, form }) => [
      request.method,
      pathOf(request.url),
      form.get('CallStatus'),
    ]);
  }

  /** What a path was told so far. */
  forms(path: string): Record<string, string>[] {
    return this.handler.webhooks.all
      .filter(({ request }) => pathOf(request.url) === path)
      .map(({ form }) => Object.fromEntries(form));
  }

  /** Waits until a path was told something. */
  async form(
    path: string,
    isIt: (form: URLSearchParams) => boolean = () => true,
  ): Promise<Record<string, string>> {
    const { form } = await this.handler.webhooks.until(
      `a request to ${path}`,
      ({ request, form: told }) => pathOf(request.url) === path && isIt(told),
    );
    return Object.fromEntries(form);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.relay[Symbol.asyncDispose]();
    await this.handler.stop();
  }
}

function answer(document: Documents[string] | undefined, form: URLSearchParams): VoiceAnswer {
  if (document === undefined) return { status: 404, body: '' };
  if (document instanceof Uint8Array) return { type: 'audio/wav', body: document };
  const verbs = typeof document === 'function' ? document(form) : document;
  return { body: `<Response>${verbs}</Response>` };
}

function pathOf(url = '/'): string {
  return new URL(url, 'http://application').pathname;
}

/** A sine of whole milliseconds, 16-bit at 8 kHz. */
export function tone(frequencyHz: number, lengthMs: number): Int16Array {
  return Int16Array.from({ length: lengthMs * 8 }, (_, i) =>
    Math.round(8000 * Math.sin((2 * Math.PI * frequencyHz * i) / 8000)),
  );
}

/** The same as a file. */
export function toneFile(frequencyHz: number, lengthMs: number): Uint8Array {
  return encodeWav([tone(frequencyHz, lengthMs)], 8000);
}

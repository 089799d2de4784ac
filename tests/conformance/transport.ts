import twilio from 'twilio';
import { expect } from 'vitest';
import { signTwilioRequest } from '@patchcord/shared/twilio/signature';
import { inboundCall } from './inbound-call.ts';
import { headerOf } from './raw-handler.ts';
import type { Section } from './rule.ts';
import { AUTH_TOKEN, World } from './world.ts';

const WITH_NEXT_VERB = (stream: string): string =>
  `<Response><Connect>${stream}</Connect><Redirect>/next</Redirect></Response>`;

/** See rule 1.15. */
const OUR_HEADER = 'X-Patchcord: 1\r\n';

export const TRANSPORT: Section = {
  title: 'Transport',
  file: 'transport.ts',
  rules: [
    {
      id: '1.1',
      rule: 'The relay is the WebSocket client; every Stream has a socket of its own',
      source: 'D3',
      test: async () => {
        await using world = await World.start({
          twiml:
            '<Response><Start><Stream url="{ws}/one"/></Start><Connect><Stream url="{ws}/two"/></Connect></Response>',
        });
        await world.call();
        await Promise.all([world.stream(0), world.stream(1)]);
        const targets = world.handler.upgrades.all.map(({ target }) => target);
        expect(targets.toSorted()).toEqual(['/one', '/two']);
      },
    },
    {
      id: '1.2',
      rule: 'A socket that breaks is not opened again; the call goes on with the next verb',
      source: 'D3',
      test: async () => {
        await using world = await World.start({ twiml: WITH_NEXT_VERB('<Stream url="{ws}/m"/>') });
        await world.call();
        (await world.stream()).destroy();
        await world.request('/next');
        await world.relay.idle();
        expect(world.handler.upgrades.all).toHaveLength(1);
      },
    },
    {
      id: '1.3',
      rule: '`ws:` to a public host is refused, with 31922',
      source: 'D2, E',
      note: '`ws:` to loopback and private addresses is allowed here, which Twilio cannot reach at all',
      test: async () => {
        await using world = await World.start({
          twiml: WITH_NEXT_VERB('<Stream url="ws://example.com/media"/>'),
        });
        await world.call();
        await world.warned(31922);
        await world.request('/next');
      },
    },
    {
      id: '1.4',
      rule: 'A relative `url` starts from the address of the document',
      source: 'D2',
      test: async () => {
        await using world = await World.start({
          twiml: '<Response><Connect><Stream url="sub/media"/></Connect></Response>',
        });
        await world.call();
        const stream = await world.stream();
        expect(stream.request.target).toBe('/sub/media');
        const signature = headerOf(stream.request, 'X-Twilio-Signature');
        const url = `${world.wsUrl}/sub/media`;
        expect(twilio.validateRequest(AUTH_TOKEN, signature, url, {})).toBe(true);
      },
    },
    {
      id: '1.5',
      rule: 'A `url` with a query is refused, with 31920',
      source: 'D2, E',
      test: async () => {
        await using world = await World.start({
          twiml: WITH_NEXT_VERB('<Stream url="{ws}/media?a=1"/>'),
        });
        await world.call();
        await world.warned(31920);
        await world.request('/next');
        expect(world.handler.upgrades.all).toEqual([]);
      },
    },
    {
      id: '1.6',
      rule: 'The upgrade begins with these bytes: `GET`, `Host`, `User-Agent: Twilio.TmeWs/1.0`, `Connection: Upgrade`, `Sec-WebSocket-Key`, `Sec-WebSocket-Version: 13`, `Upgrade: websocket`, `X-Twilio-Signature`',
      source: 'C5, C6',
      test: async () => {
        const { stream, streamUrl } = await inboundCall();
        const key = headerOf(stream.request, 'Sec-WebSocket-Key');
        const signature = headerOf(stream.request, 'X-Twilio-Signature');
        expect(Buffer.from(key, 'base64')).toHaveLength(16);
        expect(stream.request.head).toBe(
          `GET /media/x HTTP/1.1\r\nHost: ${new URL(streamUrl).host}\r\nUser-Agent: Twilio.TmeWs/1.0\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\nUpgrade: websocket\r\nX-Twilio-Signature: ${signature}\r\n${OUR_HEADER}\r\n`,
        );
      },
    },
    {
      id: '1.7',
      rule: 'No `Sec-WebSocket-Protocol`, `Sec-WebSocket-Extensions` (so no compression), `Origin`, `Authorization`, cookies',
      source: 'C5, C6',
      test: async () => {
        const { stream } = await inboundCall();
        expect(stream.request.head).not.toMatch(/protocol|extensions|origin|authorization|cookie/i);
        expect(stream.frames.all.every(({ reservedBits }) => reservedBits === 0)).toBe(true);
      },
    },
    {
      id: '1.8',
      rule: "The upgrade's signature covers the stream's URL and no parameters; the SDK takes it for Twilio's",
      source: 'C1, S',
      test: async () => {
        const { stream, streamUrl } = await inboundCall();
        const signature = headerOf(stream.request, 'X-Twilio-Signature');
        expect(twilio.validateRequest(AUTH_TOKEN, signature, streamUrl, {})).toBe(true);
        const asHttp = streamUrl.replace('ws:', 'http:');
        expect(twilio.validateRequest(AUTH_TOKEN, signature, asHttp, {})).toBe(false);
      },
    },
    {
      id: '1.9',
      rule: 'The signature of `wss://example.com/media-stream` is the known one',
      source: 'S',
      on: 'core',
      test: async () => {
        const token = '12345678901234567890123456789012';
        expect(await signTwilioRequest(token, 'wss://example.com/media-stream')).toBe(
          'GHgmyiYjXXt1mY6tFNAeMt7+4+k=',
        );
      },
    },
    {
      id: '1.10',
      rule: 'It covers the `url` as the document spells it, letter for letter',
      source: 'C1, S',
      test: async () => {
        await using world = await World.start({
          twiml: '<Response><Connect><Stream url=" {ws}/A%2fb/~c "/></Connect></Response>',
        });
        await world.call();
        const { request } = await world.stream();
        expect(request.target).toBe('/A%2fb/~c');
        const signature = headerOf(request, 'X-Twilio-Signature');
        const url = `${world.wsUrl}/A%2fb/~c`;
        expect(twilio.validateRequest(AUTH_TOKEN, signature, url, {})).toBe(true);
      },
    },
    {
      id: '1.11',
      rule: 'Every message is one text frame: JSON, masked, not fragmented',
      source: 'D1, RFC 6455',
      test: async () => {
        const { stream } = await inboundCall();
        const close = stream.frames.all.findIndex(({ opcode }) => opcode === 8);
        expect(close).toBe(stream.frames.all.length - 1);
        for (const frame of stream.frames.all.slice(0, close)) {
          expect(frame).toMatchObject({ opcode: 1, isFinal: true, isMasked: true });
        }
        expect(stream.messages.all).toHaveLength(close);
      },
    },
    {
      id: '1.12',
      rule: 'A handler may take its time with the 101; nothing is sent before it, and `connected` and `start` come with it',
      source: 'R',
      option: 'handshakeTimeoutMs',
      test: async () => {
        await using world = await World.start({ upgrade: () => 'wait' });
        const phone = await world.call();
        const stream = await world.handler.streams.until('the upgrade', () => true);
        await phone.play(new Uint8Array(4800).fill(1));
        expect(stream.frames.all).toEqual([]);
        stream.accept();
        await stream.untilEvent('media');
        expect(stream.events.slice(0, 3)).toEqual(['connected', 'start', 'media']);
      },
    },
    {
      id: '1.13',
      rule: 'SIDs are `AC`, `CA` or `MZ` and 32 lower-case hexadecimal digits',
      source: 'O, D4, C1-C3',
      test: async () => {
        const { stream, callSid } = await inboundCall();
        expect(callSid).toMatch(/^CA[0-9a-f]{32}$/);
        expect(stream.streamSid).toMatch(/^MZ[0-9a-f]{32}$/);
      },
    },
    {
      id: '1.14',
      rule: "Twilio's own limit for the 101",
      source: 'UNKNOWN',
      option: 'handshakeTimeoutMs',
      note: '10 s here; that it ends in 31901 is rule 4.1',
    },
    {
      id: '1.15',
      rule: 'Nothing follows `X-Twilio-Signature` in the upgrade',
      source: 'C5, C6',
      deviation:
        '`X-Patchcord: 1` asks whether the handler is our edge, on sockets of `<Connect>`; a handler that does not answer with it sees no more of it',
      test: async () => {
        const { stream } = await inboundCall();
        expect(stream.request.headers.at(-1)?.[0]).toBe('X-Twilio-Signature');
      },
    },
    {
      id: '1.16',
      rule: 'The upgrade of a `<Start>` stream ends with `X-Twilio-Signature`',
      source: 'C5, C6',
      test: async () => {
        await using world = await World.start({
          twiml: '<Response><Start><Stream url="{ws}/one"/></Start><Pause length="5"/></Response>',
        });
        await world.call();
        const { request } = await world.stream();
        expect(request.headers.at(-1)?.[0]).toBe('X-Twilio-Signature');
        expect(request.head).not.toMatch(/patchcord/i);
      },
    },
  ],
};

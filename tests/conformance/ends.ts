import { expect } from 'vitest';
import { inboundCall } from './inbound-call.ts';
import type { Section } from './rule.ts';
import { CONNECT, World } from './world.ts';

const TWO_VERBS =
  '<Response><Connect><Stream url="{ws}/m"/></Connect><Redirect>/next</Redirect></Response>';
const BESIDE =
  '<Response><Start><Stream url="{ws}/m" name="ear"/></Start><Gather finishOnKey="#" timeout="600" numDigits="1" action="/gathered"/></Response>';

/** SID of the only call. */
async function callSid(world: World): Promise<string> {
  return (await world.form('/voice'))['CallSid'] ?? '';
}

export const ENDS: Section = {
  title: 'How a stream ends',
  file: 'ends.ts',
  rules: [
    {
      id: '5.1',
      rule: 'The caller hangs up: `stop`, then the relay closes the socket; the call is `completed`',
      source: 'D1, C1',
      test: async () => {
        await using world = await World.start({
          environment: { STATUS_CALLBACK_URL: '{http}/status' },
        });
        const phone = await world.call();
        const stream = await world.stream();
        await phone.hangup();
        await stream.ended.until('the end of the socket', () => true);
        expect(stream.events.at(-1)).toBe('stop');
        expect(stream.frames.all.at(-1)?.opcode).toBe(8);
        expect(await world.form('/status')).toMatchObject({ CallStatus: 'completed' });
      },
    },
    {
      id: '5.2',
      rule: '`Status=completed` through REST does the same, and the caller is hung up',
      source: 'D1, D6',
      test: async () => {
        await using world = await World.start();
        const phone = await world.call();
        const stream = await world.stream();
        const sid = await callSid(world);
        const call = await world.client.calls(sid).update({ status: 'completed' });
        expect(call.status).toBe('completed');
        expect(await phone.ended).toMatchObject({ by: 'pbx' });
        await stream.ended.until('the end of the socket', () => true);
        expect(stream.events.at(-1)).toBe('stop');
      },
    },
    {
      id: '5.3',
      rule: 'The handler closes the socket of `<Connect>`: the next verb runs',
      source: 'D2, E',
      test: async () => {
        await using world = await World.start({ twiml: TWO_VERBS });
        await world.call();
        (await world.stream()).close();
        expect(await world.form('/next')).toMatchObject({ CallStatus: 'in-progress' });
      },
    },
    {
      id: '5.4',
      rule: 'And where no verb is left, the call ends',
      source: 'D2',
      test: async () => {
        await using world = await World.start();
        const phone = await world.call();
        (await world.stream()).close();
        expect(await phone.ended).toMatchObject({ by: 'pbx' });
      },
    },
    {
      id: '5.5',
      rule: 'The verb after `<Connect>` waits for the end of the stream',
      source: 'D2',
      test: async () => {
        await using world = await World.start({ twiml: TWO_VERBS });
        const phone = await world.call();
        const stream = await world.stream();
        await phone.play(new Uint8Array(1600).fill(1));
        expect(world.requestsTo('/next')).toEqual([]);
        stream.close();
        await world.request('/next');
      },
    },
    {
      id: '5.6',
      rule: 'The handler closes the socket of `<Start>`: the call does not notice',
      source: 'D2',
      test: async () => {
        await using world = await World.start({ twiml: BESIDE });
        const phone = await world.call();
        const stream = await world.stream();
        stream.close();
        await world.warned(31921);
        await phone.sendDtmf('7');
        expect(await world.form('/gathered')).toMatchObject({ Digits: '7' });
      },
    },
    {
      id: '5.7',
      rule: '`<Start>` does not wait, and where no verb follows the call hangs up',
      source: 'D2',
      test: async () => {
        await using world = await World.start({
          twiml: '<Response><Start><Stream url="{ws}/m"/></Start></Response>',
        });
        const phone = await world.call({ until: 'sent' });
        expect(await phone.ended).toMatchObject({ by: 'pbx' });
      },
    },
    {
      id: '5.8',
      rule: '`Twiml` through REST: `stop`, close, then the new document runs',
      source: 'R; the order is INFERRED',
      test: async () => {
        await using world = await World.start();
        await world.call();
        const stream = await world.stream();
        const twiml = `<Response><Redirect>${world.httpUrl}/next</Redirect></Response>`;
        await world.client.calls(await callSid(world)).update({ twiml });
        await world.request('/next');
        await stream.ended.until('the end of the socket', () => true);
        expect(stream.events.at(-1)).toBe('stop');
      },
    },
    {
      id: '5.9',
      rule: '`Url` through REST: the same, with `Method`',
      source: 'R, D6',
      test: async () => {
        await using world = await World.start();
        await world.call();
        const stream = await world.stream();
        const url = `${world.httpUrl}/next`;
        await world.client.calls(await callSid(world)).update({ url, method: 'GET' });
        const request = await world.request('/next');
        expect(request.method).toBe('GET');
        await stream.untilEvent('stop');
      },
    },
    {
      id: '5.10',
      rule: '`<Stop><Stream name>` ends a stream of `<Start>` with `stop`; the call goes on',
      source: 'D2',
      test: async () => {
        await using world = await World.start({
          twiml: BESIDE,
          answer: ({ target }) =>
            target === '/gathered'
              ? {
                  body: '<Response><Stop><Stream name="ear"/></Stop><Pause length="1"/><Redirect>/next</Redirect></Response>',
                }
              : undefined,
        });
        const phone = await world.call();
        const stream = await world.stream();
        await phone.sendDtmf('1');
        await stream.ended.until('the end of the socket', () => true);
        expect(stream.events.at(-1)).toBe('stop');
        await world.request('/next');
      },
    },
    ...(['SID', 'name'] as const).map((by, index) => ({
      id: `5.${11 + index}`,
      rule: `\`Status=stopped\` of \`Streams/{${by}}\` ends a stream of \`<Start>\` with \`stop\`; the call goes on`,
      source: 'D4',
      test: async () => {
        await using world = await World.start({ twiml: BESIDE });
        const phone = await world.call();
        const stream = await world.stream();
        const id = by === 'name' ? 'ear' : stream.streamSid;
        const stopped = await world.client
          .calls(await callSid(world))
          .streams(id)
          .update({ status: 'stopped' });
        expect(stopped).toMatchObject({ sid: stream.streamSid, status: 'stopped' });
        await stream.ended.until('the end of the socket', () => true);
        expect(stream.events.at(-1)).toBe('stop');
        await phone.sendDtmf('7');
        await world.request('/gathered');
      },
    })),
    {
      id: '5.13',
      rule: 'A stream of `<Connect>` cannot be stopped that way',
      source: 'D4',
      note: 'answered 404 and 20404: INFERRED',
      test: async () => {
        await using world = await World.start();
        await world.call();
        const stream = await world.stream();
        const path = `/Calls/${await callSid(world)}/Streams/${stream.streamSid}.json`;
        expect(await world.rest(path, { Status: 'stopped' })).toMatchObject({
          status: 404,
          json: { code: 20404 },
        });
        stream.mark('still here');
        await stream.untilMark('still here');
      },
    },
    {
      id: '5.14',
      rule: 'A handshake that fails in `<Connect>`: 31920, `stream-error`, the next verb runs',
      source: 'INFERRED',
      test: async () => {
        await using world = await World.start({
          twiml:
            '<Response><Connect><Stream url="{ws}/m" statusCallback="/stream"/></Connect><Redirect>/next</Redirect></Response>',
          upgrade: () => ({ status: 500 }),
        });
        await world.call();
        await world.request('/next');
        await world.formWith('/stream', { StreamEvent: 'stream-error', StreamError: '31920' });
      },
    },
    {
      id: '5.15',
      rule: 'The relay closes with 1000',
      source: 'INFERRED',
      option: 'closeCode',
      test: async () => {
        const { stream } = await inboundCall();
        expect(stream.closeCode).toBe(1000);
        await using world = await World.start({ environment: { DIALECT: 'closeCode=1001' } });
        const phone = await world.call();
        const other = await world.stream();
        await phone.hangup();
        await other.ended.until('the end of the socket', () => true);
        expect(other.closeCode).toBe(1001);
      },
    },
    {
      id: '5.16',
      rule: 'Four tracks of one-way streams for each call; a fifth is refused',
      source: 'D3',
      test: async () => {
        const start = (name: string, track: string): string =>
          `<Start><Stream url="{ws}/${name}" name="${name}" track="${track}"/></Start>`;
        const starts = [
          start('a', 'both_tracks'),
          start('b', 'inbound_track'),
          start('c', 'outbound_track'),
          start('d', 'inbound_track'),
        ];
        await using world = await World.start({
          twiml: `<Response>${starts.join('')}<Pause length="60"/></Response>`,
        });
        await world.call({ until: 'sent' });
        await Promise.all([world.stream(0), world.stream(1), world.stream(2)]);
        await world.relay.logged('STREAM_TRACKS_MANY');
        expect(world.handler.upgrades.all.map(({ target }) => target).toSorted()).toEqual([
          '/a',
          '/b',
          '/c',
        ]);
      },
    },
    {
      id: '5.17',
      rule: 'One stream both ways at a time, and one-way streams beside it',
      source: 'D3',
      test: async () => {
        await using world = await World.start({
          twiml: CONNECT.replace(
            '<Connect>',
            '<Start><Stream url="{ws}/ear" track="both_tracks"/></Start><Connect>',
          ),
        });
        await world.call();
        const streams = await Promise.all([world.stream(0), world.stream(1)]);
        const talking = streams.find(({ request }) => request.target === '/media');
        const listening = streams.find(({ request }) => request.target === '/ear');
        talking?.play(new Uint8Array(1600).fill(3));
        // The one that listens hears what the other one says.
        await listening?.until('the other handler', ({ text }) => {
          return text.includes('"outbound"') && text.includes('AwMDAwMD');
        });
      },
    },
  ],
};

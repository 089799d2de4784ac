import { expect } from 'vitest';
import { ACCOUNT_SID } from '../relay/relay-under-test.ts';
import { AUDIO, inboundCall } from './inbound-call.ts';
import type { Section } from './rule.ts';
import { World } from './world.ts';

async function startOf(stream: string): Promise<Record<string, unknown>> {
  await using world = await World.start({
    twiml: `<Response>${stream}<Pause length="60"/></Response>`,
  });
  await world.call();
  const { json } = await (await world.stream()).untilEvent('start');
  return json['start'] as Record<string, unknown>;
}

export const MESSAGES: Section = {
  title: 'Messages to the handler',
  file: 'messages.ts',
  rules: [
    {
      id: '2.1',
      rule: '`{"event":"connected","protocol":"Call","version":"1.0.0"}`, these bytes, first',
      source: 'C1-C3',
      test: async () => {
        const { stream } = await inboundCall();
        expect(stream.messages.all[0]?.text).toBe(
          '{"event":"connected","protocol":"Call","version":"1.0.0"}',
        );
      },
    },
    {
      id: '2.2',
      rule: '`start`, these bytes: keys in captured order, `customParameters` inside, `streamSid` inside and outside',
      source: 'C1, C2, C3',
      test: async () => {
        const { stream, callSid } = await inboundCall();
        const sid = stream.streamSid;
        expect(stream.texts('start')).toEqual([
          `{"event":"start","sequenceNumber":"1","start":{"accountSid":"${ACCOUNT_SID}","streamSid":"${sid}","callSid":"${callSid}","tracks":["inbound"],"mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1},"customParameters":{"who":"Ann & Bob","n":""}},"streamSid":"${sid}"}`,
        ]);
      },
    },
    {
      id: '2.3',
      rule: '`media`, these bytes: `event, sequenceNumber, media{track, chunk, timestamp, payload}, streamSid`',
      source: 'C2',
      test: async () => {
        const { stream } = await inboundCall();
        const [first = ''] = stream.texts('media');
        const { timestamp, payload } = stream.media[0] ?? {};
        expect(first).toBe(
          `{"event":"media","sequenceNumber":"2","media":{"track":"inbound","chunk":"1","timestamp":"${timestamp}","payload":"${payload}"},"streamSid":"${stream.streamSid}"}`,
        );
      },
    },
    {
      id: '2.4',
      rule: '`mark`, these bytes: `event, sequenceNumber, streamSid, mark{name}`',
      source: 'C3',
      test: async () => {
        const { stream } = await inboundCall();
        const mark = await stream.untilMark('171');
        expect(mark.text).toBe(
          `{"event":"mark","sequenceNumber":"${mark.sequenceNumber}","streamSid":"${stream.streamSid}","mark":{"name":"171"}}`,
        );
      },
    },
    {
      id: '2.5',
      rule: '`dtmf`, these bytes: `event, streamSid, sequenceNumber, dtmf{track:"inbound_track", digit}`',
      source: 'D1',
      test: async () => {
        const { stream } = await inboundCall();
        const dtmf = await stream.untilEvent('dtmf');
        expect(dtmf.text).toBe(
          `{"event":"dtmf","streamSid":"${stream.streamSid}","sequenceNumber":"${dtmf.sequenceNumber}","dtmf":{"track":"inbound_track","digit":"1"}}`,
        );
      },
    },
    {
      id: '2.6',
      rule: '`stop`, these bytes: `event, sequenceNumber, streamSid, stop{accountSid, callSid}`',
      source: 'C2, C3',
      test: async () => {
        const { stream, callSid } = await inboundCall();
        const stop = await stream.untilEvent('stop');
        expect(stop.text).toBe(
          `{"event":"stop","sequenceNumber":"${stop.sequenceNumber}","streamSid":"${stream.streamSid}","stop":{"accountSid":"${ACCOUNT_SID}","callSid":"${callSid}"}}`,
        );
      },
    },
    {
      id: '2.7',
      rule: '`sequenceNumber` is a decimal string, "1" on `start`, one counter for everything after `connected`, +1 each',
      source: 'C2',
      test: async () => {
        const { stream } = await inboundCall();
        const numbers = stream.messages.all.map(({ json }) => json['sequenceNumber']);
        expect(numbers).toEqual([undefined, ...numbers.slice(1).map((_, i) => String(i + 1))]);
      },
    },
    {
      id: '2.8',
      rule: '`chunk` is a decimal string from "1", +1 for each `media`',
      source: 'C2',
      test: async () => {
        const { stream } = await inboundCall();
        expect(stream.media.map(({ chunk }) => chunk)).toEqual(
          stream.media.map((_, i) => String(i + 1)),
        );
      },
    },
    {
      id: '2.9',
      rule: '`payload` is padded standard base64 of 160 bytes of µ-law without a header: what the caller said',
      source: 'C2, C4',
      test: async () => {
        const { stream } = await inboundCall();
        const payloads = stream.media.map(({ payload = '' }) => payload);
        expect(payloads.every((payload) => /^[A-Za-z0-9+/]{214}==$/.test(payload))).toBe(true);
        const heard = Buffer.concat(payloads.map((payload) => Buffer.from(payload, 'base64')));
        expect(heard.length).toBe(160 * payloads.length);
        expect(heard.includes(Buffer.from(AUDIO))).toBe(true);
      },
    },
    {
      id: '2.10',
      rule: '`mediaFormat.sampleRate` and `.channels` are the numbers 8000 and 1',
      source: 'C1-C3',
      test: async () => {
        const { stream } = await inboundCall();
        const { json } = await stream.untilEvent('start');
        expect(json).toHaveProperty('start.mediaFormat', {
          encoding: 'audio/x-mulaw',
          sampleRate: 8000,
          channels: 1,
        });
      },
    },
    {
      id: '2.11',
      rule: '`tracks` is `["inbound"]` for `<Connect>`',
      source: 'C1-C3',
      test: async () => {
        const { json } = await (await inboundCall()).stream.untilEvent('start');
        expect(json).toHaveProperty('start.tracks', ['inbound']);
      },
    },
    ...(
      [
        ['2.12', 'inbound_track', ['inbound']],
        ['2.13', 'outbound_track', ['outbound']],
        ['2.14', 'both_tracks', ['inbound', 'outbound']],
      ] as const
    ).map(([id, track, tracks]) => ({
      id,
      rule: `\`tracks\` of \`<Start><Stream track="${track}">\` is \`${JSON.stringify(tracks)}\``,
      source: 'D1',
      test: async () => {
        const start = await startOf(`<Start><Stream url="{ws}/m" track="${track}"/></Start>`);
        expect(start['tracks']).toEqual(tracks);
      },
    })),
    {
      id: '2.15',
      rule: '`customParameters` is `{}` where there are none, never absent',
      source: 'C2, C3',
      test: async () => {
        const start = await startOf('<Connect><Stream url="{ws}/m"/></Connect>');
        expect(start['customParameters']).toEqual({});
      },
    },
    {
      id: '2.16',
      rule: '`streamSid` is at the top of every message but `connected`, and inside `start`',
      source: 'D1, C1-C4',
      test: async () => {
        const { stream } = await inboundCall();
        const [connected, ...others] = stream.messages.all;
        expect(connected?.json).not.toHaveProperty('streamSid');
        for (const { json } of others) expect(json['streamSid']).toBe(stream.streamSid);
      },
    },
    {
      id: '2.17',
      rule: '`accountSid` and `callSid` are inside `start` and `stop`, nowhere else',
      source: 'C1-C4',
      test: async () => {
        const { stream } = await inboundCall();
        for (const { event, text } of stream.messages.all) {
          const isInside = event === 'start' || event === 'stop';
          expect(text.includes('accountSid')).toBe(isInside);
          expect(text.includes('callSid')).toBe(isInside);
        }
      },
    },
    {
      id: '2.18',
      rule: '`connected`, `start`, then the rest: one `start`, one `stop`, which is last and before the close',
      source: 'D1, C2',
      test: async () => {
        const { stream } = await inboundCall();
        const { events } = stream;
        expect(events.slice(0, 2)).toEqual(['connected', 'start']);
        expect(events.filter((event) => event === 'start')).toHaveLength(1);
        expect(events.indexOf('stop')).toBe(events.length - 1);
        expect(stream.frames.all.at(-1)).toMatchObject({ opcode: 8 });
        expect(stream.frames.all).toHaveLength(events.length + 1);
      },
    },
    {
      id: '2.19',
      rule: 'Each key is one `dtmf`, in order: 0 to 9, `*`, `#`',
      source: 'D1',
      test: async () => {
        await using world = await World.start();
        const phone = await world.call();
        const stream = await world.stream();
        await phone.sendDtmf('0123456789*#');
        await stream.until('#', ({ json }) => JSON.stringify(json['dtmf'] ?? '').includes('#'));
        const digits = stream.messages.all.flatMap(({ json }) => json['dtmf'] ?? []);
        expect(digits).toEqual(
          Array.from('0123456789*#', (digit) => ({ track: 'inbound_track', digit })),
        );
      },
    },
    {
      id: '2.21',
      rule: 'Handlers of `<Start>` are told of no keys',
      source: 'D1',
      test: async () => {
        await using world = await World.start({
          twiml:
            '<Response><Start><Stream url="{ws}/m"/></Start><Gather numDigits="1" timeout="600" action="/gathered"/></Response>',
        });
        const phone = await world.call();
        const stream = await world.stream();
        await phone.sendDtmf('7');
        expect(await world.form('/gathered')).toMatchObject({ Digits: '7' });
        await phone.hangup();
        await stream.untilEvent('stop');
        expect(stream.texts('dtmf')).toEqual([]);
      },
    },
    {
      id: '2.20',
      rule: 'A `dtmf` as Twilio sends it',
      source: 'UNKNOWN',
      note: 'nobody has published one; the documentation is followed',
    },
  ],
};

import { expect } from 'vitest';
import { StreamSession, type StreamReport } from '@patchcord/relay/core/stream/session';
import { DEFAULT_DIALECT, type Dialect } from '@patchcord/shared/media-streams/dialect';
import { inboundCall } from './inbound-call.ts';
import type { Section } from './rule.ts';
import { World } from './world.ts';

const times = (media: readonly Readonly<Record<string, string>>[]): number[] =>
  media.map(({ timestamp }) => Number(timestamp));

/** Both tracks, two frames each. */
function chunksOfBothTracks(dialect: Partial<Dialect>): string[] {
  const sent: string[] = [];
  const session = open({ tracks: ['inbound', 'outbound'], dialect, sent, unsentBytes: () => 0 });
  const mulaw = new Uint8Array(160);
  for (const slot of [0, 1]) {
    session.handleHeard(mulaw, 160, slot, slot * 20);
    session.handlePacket(packet(slot), slot * 20);
  }
  return sent.slice(2).map((text) => {
    const { media } = JSON.parse(text);
    return `${media.track} ${media.chunk}`;
  });
}

function packet(index: number) {
  return {
    payloadType: 0,
    marker: false,
    sequenceNumber: index,
    rtpTimestamp: index * 160,
    ssrc: 1,
    payload: new Uint8Array(160),
  };
}

function open(options: {
  readonly tracks: readonly ('inbound' | 'outbound')[];
  readonly dialect?: Partial<Dialect>;
  readonly sent: string[];
  readonly reports?: StreamReport[];
  readonly unsentBytes: () => number;
}): StreamSession {
  const { tracks, sent, reports = [], unsentBytes } = options;
  const session = new StreamSession(
    { accountSid: 'AC', callSid: 'CA', streamSid: 'MZ', customParameters: {}, tracks },
    0,
    { mode: 'unidirectional', dialect: { ...DEFAULT_DIALECT, ...options.dialect } },
    {
      sendText: (text) => sent.push(text),
      request: () => {},
      unsentBytes,
      report: (report) => reports.push(report),
    },
  );
  session.open();
  return session;
}

export const TIMING: Section = {
  title: 'The media clock',
  file: 'timing.ts',
  rules: [
    {
      id: '2.30',
      rule: 'One message for 20 ms of a track; `timestamp` goes up by exactly 20 while nothing is lost',
      source: 'C2',
      note: "Twilio's own wobble by a millisecond or two",
      test: async () => {
        const { stream } = await inboundCall();
        const all = times(stream.media);
        expect(all.length).toBeGreaterThan(5);
        expect(all).toEqual(all.map((_, i) => (all[0] ?? 0) + i * 20));
      },
    },
    {
      id: '2.31',
      rule: '`timestamp` is a string of whole milliseconds, not RTP units',
      source: 'C2, C3, C4',
      test: async () => {
        const { stream } = await inboundCall();
        for (const { timestamp } of stream.media) expect(timestamp).toMatch(/^[1-9]\d{0,5}$/);
      },
    },
    {
      id: '2.32',
      rule: 'The clock starts when the Stream is made, before its socket is up: the first `timestamp` is above 0',
      source: 'INFERRED from C2-C4',
      test: async () => {
        await using world = await World.start({ upgrade: () => 'wait' });
        const phone = await world.call();
        const stream = await world.handler.streams.until('the upgrade', () => true);
        await phone.play(new Uint8Array(4800).fill(1));
        stream.accept();
        await stream.untilEvent('media');
        expect(times(stream.media)[0]).toBeGreaterThan(500);
      },
    },
    {
      id: '2.33',
      rule: 'What was said before the 101 is not replayed; `chunk` begins with 1 all the same',
      source: 'INFERRED from C2-C4',
      test: async () => {
        await using world = await World.start({ upgrade: () => 'wait' });
        const phone = await world.call();
        const stream = await world.handler.streams.until('the upgrade', () => true);
        await phone.play(new Uint8Array(1600).fill(1));
        // Three frames of silence: the last of what was said is out of every buffer.
        await phone.play(new Uint8Array(1600).fill(0xff));
        stream.accept();
        await phone.play(new Uint8Array(1600).fill(2));
        await stream.until('the second word', ({ text }) => text.includes('AgICAgIC'));
        expect(stream.media[0]?.['chunk']).toBe('1');
        expect(stream.texts('media').some((text) => text.includes('AQEBAQEB'))).toBe(false);
      },
    },
    {
      id: '2.34',
      rule: 'Lost audio: `timestamp` jumps over the gap, `chunk` stays consecutive',
      source: 'INFERRED, R',
      test: async () => {
        await using world = await World.start();
        world.pbx.faults.toExternal = { lossRate: 0.2 };
        const phone = await world.call();
        const stream = await world.stream();
        await phone.play(new Uint8Array(16_000).fill(1));
        await phone.hangup();
        await stream.untilEvent('stop');
        const all = times(stream.media);
        const steps = all.slice(1).map((time, i) => time - (all[i] ?? 0));
        expect(steps.every((step) => step >= 20 && step % 20 === 0)).toBe(true);
        expect(steps.some((step) => step > 20)).toBe(true);
        expect(stream.media.map(({ chunk }) => Number(chunk))).toEqual(all.map((_, i) => i + 1));
      },
    },
    {
      id: '2.35',
      rule: 'A caller who sends no RTP: nothing is sent',
      source: 'INFERRED, R',
      test: async () => {
        await using world = await World.start();
        const phone = await world.call({ isDtx: true });
        const stream = await world.stream();
        // As long as ten frames take to play and come back as a mark.
        stream.play(new Uint8Array(1600).fill(1));
        stream.mark('later');
        await stream.untilMark('later');
        expect(stream.media).toEqual([]);
        await phone.play(new Uint8Array(320).fill(1));
        await stream.untilEvent('media');
      },
    },
    {
      id: '2.36',
      rule: 'A handler that reads too slowly loses caller audio, the oldest, and is told 31930 once',
      source: 'E',
      option: 'slowReaderMs',
      on: 'core',
      note: "Twilio's depth is UNKNOWN; 5 s here",
      test: () => {
        const sent: string[] = [];
        const reports: StreamReport[] = [];
        let unsentBytes = 1e9;
        const session = open({
          tracks: ['inbound'],
          sent,
          reports,
          unsentBytes: () => unsentBytes,
        });
        for (let i = 0; i < 300; i++) session.handlePacket(packet(i), i * 20);
        expect(sent).toHaveLength(2);
        expect(reports.filter(({ isFirst }) => isFirst)).toMatchObject([{ twilioCode: 31930 }]);
        unsentBytes = 0;
        session.advance(300 * 20);
        expect(sent).toHaveLength(2 + 5000 / 20);
        expect(JSON.parse(sent[2] ?? '').media.timestamp).toBe(String((300 - 250) * 20));
      },
    },
    {
      id: '2.37',
      rule: '`both_tracks`: one `chunk` counter for both',
      source: 'D1 (its example); no capture',
      option: 'bothTracksChunk',
      on: 'core',
      test: () => {
        const shared = ['outbound 1', 'inbound 2', 'outbound 3', 'inbound 4'];
        const apart = ['outbound 1', 'inbound 1', 'outbound 2', 'inbound 2'];
        expect(chunksOfBothTracks({})).toEqual(shared);
        expect(chunksOfBothTracks({ bothTracksChunk: 'per-track' })).toEqual(apart);
      },
    },
    {
      id: '2.38',
      rule: 'The outbound track has frames of silence while nothing is played',
      source: 'INFERRED',
      option: 'outboundSilence',
      on: 'core',
      test: () => {
        for (const [outboundSilence, frames] of [
          ['send', 1],
          ['omit', 0],
        ] as const) {
          const sent: string[] = [];
          const dialect = { outboundSilence };
          const session = open({ tracks: ['outbound'], dialect, sent, unsentBytes: () => 0 });
          session.handleHeard(new Uint8Array(160).fill(0xff), 0, 0, 0);
          expect(sent).toHaveLength(2 + frames);
        }
      },
    },
    {
      id: '2.39',
      rule: 'Whether `timestamp` follows RTP or the wall clock across a loss',
      source: 'UNKNOWN',
      note: 'RTP here: with the clock of a phone that drifts it stays what the caller said',
    },
  ],
};

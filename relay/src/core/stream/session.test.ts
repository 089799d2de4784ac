import { describe, expect, test } from 'vitest';
import { DEFAULT_DIALECT } from '@patchcord/shared/media-streams/dialect';
import {
  encodeClear,
  encodeHandlerMedia,
  encodeMarkRequest,
} from '@patchcord/shared/media-streams/encode';
import {
  encodeHangup,
  encodePause,
  encodeSendDtmf,
  encodeTransfer,
  encodeUnpause,
} from '@patchcord/shared/media-streams/extensions';
import type { RtpPacket } from '../rtp/packet.ts';
import { StreamSession, type CallRequest, type StreamReport } from './session.ts';

const CREATED_AT = 1000;
const SID = `MZ${'1'.repeat(32)}`;
const IDENTITY = {
  accountSid: 'AC1',
  callSid: 'CA1',
  streamSid: SID,
  customParameters: { a: 'b' },
  tracks: ['inbound'],
} as const;

const OPTIONS = { mode: 'bidirectional', dialect: DEFAULT_DIALECT } as const;

class Handler {
  readonly texts: string[] = [];
  readonly reports: StreamReport[] = [];
  readonly requests: CallRequest[] = [];
  unsentBytes = 0;
  slots = 0;
  readonly session = new StreamSession(IDENTITY, CREATED_AT, OPTIONS, {
    sendText: (text) => {
      this.texts.push(text);
    },
    unsentBytes: () => this.unsentBytes,
    request: (request) => {
      this.requests.push(request);
    },
    report: (report) => {
      this.reports.push(report);
    },
  });

  /** Events since the last look, as `event` or `event:detail`. */
  take(): string[] {
    return this.texts.splice(0).map((text) => {
      const message = JSON.parse(text);
      const detail = message.media?.timestamp ?? message.mark?.name ?? message.dtmf?.digit;
      if (message.played !== undefined) return `played:${Object.values(message.played).join()}`;
      return detail === undefined ? message.event : `${message.event}:${detail}`;
    });
  }

  send(text: string): void {
    this.session.handleText(text);
  }

  /** One slot; answers how many bytes were audio. */
  slot(): number {
    this.session.advance(CREATED_AT + 20 * this.slots++);
    return this.session.takeAudio(new Uint8Array(172), 12);
  }
}

function packet(index: number): RtpPacket {
  return {
    payloadType: 0,
    marker: false,
    sequenceNumber: index,
    rtpTimestamp: index * 160,
    ssrc: 1,
    payload: new Uint8Array(160).fill(index),
  };
}

function opened(): Handler {
  const handler = new Handler();
  handler.session.open();
  handler.take();
  return handler;
}

test('a whole stream, in order: connected, start, media by the clock of the stream, stop', () => {
  const handler = new Handler();
  handler.session.handlePacket(packet(0), 1020);
  handler.session.open();
  handler.session.handlePacket(packet(1), 1140);
  handler.session.handlePacket(packet(2), 1160);
  handler.session.handleDtmf('#');
  handler.session.stop();
  handler.session.stop();
  handler.session.handlePacket(packet(3), 1180);
  handler.session.handleDtmf('1');
  expect(handler.take()).toEqual([
    'connected',
    'start',
    'media:140',
    'media:160',
    'dtmf:#',
    'stop',
  ]);
});

describe('playing', () => {
  test('audio, marks and clear', () => {
    const handler = opened();
    handler.send(encodeMarkRequest(SID, 'at once'));
    expect(handler.take()).toEqual(['mark:at once']);
    handler.send(encodeHandlerMedia(SID, new Uint8Array(200)));
    handler.send(encodeMarkRequest(SID, 'a'));
    handler.send(encodeHandlerMedia(SID, new Uint8Array(600)));
    handler.send(encodeMarkRequest(SID, 'b'));
    expect([handler.slot(), handler.slot(), handler.take()]).toEqual([160, 160, []]);
    handler.slot();
    expect(handler.take()).toEqual(['mark:a']);
    handler.send(encodeClear(SID));
    expect(handler.take()).toEqual(['mark:b']);
    expect(handler.slot()).toBe(0);
    expect(handler.session.counters).toMatchObject({ marksPlayed: 2, marksCleared: 1, clears: 1 });
  });

  test('nothing is played before the stream is open or after it has stopped', () => {
    const handler = new Handler();
    handler.send(encodeHandlerMedia(SID, new Uint8Array(200)));
    expect(handler.slot()).toBe(0);
    handler.session.open();
    handler.send(encodeHandlerMedia(SID, new Uint8Array(200)));
    handler.session.stop();
    expect(handler.slot()).toBe(0);
  });

  test('more than ten minutes are refused, reported once as first, and the stream goes on', () => {
    const handler = opened();
    const minute = encodeHandlerMedia(SID, new Uint8Array(480_000));
    for (let i = 0; i < 12; i++) handler.send(minute);
    expect(
      handler.reports.map(({ code, twilioCode, isFirst }) => [code, twilioCode, isFirst]),
    ).toEqual([
      ['STREAM_QUEUE_FULL', 31931, true],
      ['STREAM_QUEUE_FULL', 31931, false],
    ]);
    expect(handler.session.queuedBytes).toBe(4_800_000);
    expect(handler.slot()).toBe(160);
  });
});

test('bad messages are reported with their rule and change nothing', () => {
  const handler = opened();
  handler.send('{');
  handler.session.handleBinary(3);
  handler.send(`{"event":"mark","streamSid":"${SID}"}`);
  expect(
    handler.reports.map(({ code, twilioCode, isFirst }) => [code, twilioCode, isFirst]),
  ).toEqual([
    ['STREAM_NOT_JSON', 31951, true],
    ['STREAM_BINARY', 31950, true],
    ['STREAM_BAD_FIELD', 31951, false],
  ]);
  expect(handler.reports[2]?.detail).toContain('mark must be an object');
  expect(handler.take()).toEqual([]);
});

describe('a handler that reads too slowly', () => {
  test('gets what it missed in order when it reads again', () => {
    const handler = opened();
    handler.unsentBytes = 1e6;
    for (let i = 0; i < 5; i++) handler.session.handlePacket(packet(i), 1100 + i * 20);
    expect(handler.take()).toEqual([]);
    handler.unsentBytes = 0;
    handler.slot();
    handler.session.handlePacket(packet(5), 1200);
    expect(handler.take()).toEqual([
      'media:100',
      'media:120',
      'media:140',
      'media:160',
      'media:180',
      'media:200',
    ]);
  });

  test('loses the oldest audio beyond five seconds; chunks stay consecutive, and it is reported', () => {
    const handler = opened();
    handler.unsentBytes = 1e6;
    for (let i = 0; i < 300; i++) handler.session.handlePacket(packet(i), 1100 + i * 20);
    expect(handler.session.counters).toMatchObject({ framesSent: 0, framesDropped: 50 });
    expect(handler.reports[0]).toMatchObject({
      code: 'STREAM_SLOW_READER',
      twilioCode: 31930,
      isFirst: true,
    });
    handler.unsentBytes = 0;
    handler.slot();
    const media = handler.texts.map((text) => JSON.parse(text).media);
    expect(media).toHaveLength(250);
    expect(media[0]).toMatchObject({ chunk: '1', timestamp: String(100 + 50 * 20) });
    expect(media[249]).toMatchObject({ chunk: '250', timestamp: String(100 + 299 * 20) });
  });
});

describe('with our edge', () => {
  function openedWithEdge(): Handler {
    const handler = new Handler();
    handler.session.open({ hasExtensions: true });
    handler.take();
    return handler;
  }

  test('played comes before the marks of a slot, once, and before stop', () => {
    const edge = openedWithEdge();
    edge.send(encodeHandlerMedia(SID, new Uint8Array(500)));
    edge.send(encodeMarkRequest(SID, 'a'));
    edge.send(encodeMarkRequest(SID, 'b'));
    edge.send(encodeHandlerMedia(SID, new Uint8Array(500)));
    for (let i = 0; i < 4; i++) edge.slot();
    expect(edge.take()).toEqual([]);
    edge.slot();
    expect(edge.take()).toEqual(['played:640,false,80', 'mark:a', 'mark:b']);
    edge.session.stop();
    expect(edge.take()).toEqual(['played:800,false,100', 'stop']);
  });

  test('clear: what was played and what was thrown away, then the marks', () => {
    const edge = openedWithEdge();
    edge.send(encodeHandlerMedia(SID, new Uint8Array(1000)));
    edge.send(encodeMarkRequest(SID, 'a'));
    edge.slot();
    edge.send(encodeClear(SID));
    expect(edge.take()).toEqual(['played:160,840,false,20', 'mark:a']);
    edge.send(encodeClear(SID));
    expect(edge.take()).toEqual(['played:160,0,false,20']);
    edge.send(encodeHandlerMedia(SID, new Uint8Array(480)));
    edge.send(encodeMarkRequest(SID, 'b'));
    for (let i = 0; i < 4; i++) edge.slot();
    expect(edge.take()).toEqual(['played:640,false,80', 'mark:b']);
  });

  test('pause and unpause are answered with where playout stands, and silence is between', () => {
    const edge = openedWithEdge();
    edge.send(encodeHandlerMedia(SID, new Uint8Array(1000)));
    edge.slot();
    edge.send(encodePause(SID));
    edge.send(encodePause(SID));
    expect([edge.slot(), edge.slot()]).toEqual([0, 0]);
    edge.send(encodeUnpause(SID));
    expect(edge.slot()).toBe(160);
    expect(edge.take()).toEqual([
      'played:160,true,20',
      'played:160,true,20',
      'played:160,false,20',
    ]);
  });

  test('played tells its place on the media clock of the caller, whenever that is sent and whether the caller sends', () => {
    const edge = openedWithEdge();
    for (let i = 0; i < 5; i++) edge.session.handlePacket(packet(i), 3000 + 20 * i);
    // Held up by 300 ms, and the last.
    edge.session.handlePacket(packet(5), 3400);
    edge.take();
    edge.send(encodeHandlerMedia(SID, new Uint8Array(480)));
    edge.send(encodeMarkRequest(SID, 'a'));
    edge.slots = 150;
    for (let i = 0; i < 4; i++) edge.slot();
    // Played from 4000 to 4060. The first packet ended at 2020 of the media clock when it came, at 3000.
    expect(edge.take()).toEqual(['played:480,false,3080', 'mark:a']);
  });

  test('slots that are skipped in the midst of speech are told: the caller hears a pause', () => {
    const edge = openedWithEdge();
    edge.send(encodeHandlerMedia(SID, new Uint8Array(800)));
    edge.slot();
    edge.slot();
    edge.slots += 5;
    edge.slot();
    expect(edge.take()).toEqual(['played:320,false,40']);
    edge.slot();
    expect(edge.take()).toEqual([]);
  });

  test('what is asked of the call is handed on, and its answers are numbered with all others', () => {
    const edge = openedWithEdge();
    edge.send(encodeTransfer(SID, { id: 't', target: '201', kind: 'cold', timeoutSec: 5 }));
    edge.send(encodeSendDtmf(SID, '1#'));
    edge.send(encodeHangup(SID, 'done'));
    expect(edge.requests.map(({ event }) => event)).toEqual(['transfer', 'send-dtmf', 'hangup']);
    edge.session.sendTransferred({ id: 't', status: 'ringing' });
    edge.session.sendDtmfSent({ digits: '1#', status: 'sent' });
    expect(edge.texts.map((text) => JSON.parse(text).sequenceNumber)).toEqual(['2', '3']);
    edge.session.stop();
    edge.take();
    edge.session.sendTransferred({ id: 't', status: 'ended' });
    expect(edge.take()).toEqual([]);
  });

  test('no message of a slot without marks', () => {
    const edge = openedWithEdge();
    edge.send(encodeHandlerMedia(SID, new Uint8Array(8000)));
    for (let i = 0; i < 60; i++) edge.slot();
    expect(edge.take()).toEqual([]);
  });
});

test("a handler that is not our edge gets and gives Twilio's messages only", () => {
  const handler = opened();
  handler.send(encodeHandlerMedia(SID, new Uint8Array(1000)));
  handler.send(encodePause(SID));
  handler.send(encodeHangup(SID));
  expect(handler.slot()).toBe(160);
  expect(handler.requests).toEqual([]);
  expect(handler.reports.map(({ code }) => code)).toEqual([
    'STREAM_UNKNOWN_EVENT',
    'STREAM_UNKNOWN_EVENT',
  ]);
  handler.send(encodeMarkRequest(SID, 'a'));
  handler.send(encodeClear(SID));
  handler.session.stop();
  expect(handler.take()).toEqual(['mark:a', 'stop']);
});

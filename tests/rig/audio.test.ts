import { describe, expect, test } from 'vitest';
import { alawToMulaw } from '@patchcord/shared/audio/g711';
import { mulawToAlaw } from './alaw.ts';
import { AudioReceiver } from './audio-receiver.ts';
import { AudioSender } from './audio-sender.ts';
import type { SenderOutput } from './audio-sender.ts';
import { buildRtp, parseRtp } from './rtp-packet.ts';
import { HUMAN_TONE_HZ, toneLevel } from './tone-level.ts';

function sender(options: { ptimeMs?: number; isDtx?: boolean } = {}): AudioSender {
  return new AudioSender({ ptimeMs: 20, isDtx: false, rtpTimestamp: 1000, ...options });
}

function take(from: AudioSender, frames: number): SenderOutput[] {
  return Array.from({ length: frames }, () => from.next(0)).flat();
}

describe('AudioSender', () => {
  test('plays without a gap between two pieces and fills the last frame', async () => {
    const phone = sender();
    const first = phone.play(new Uint8Array(200).fill(1));
    const second = phone.play(new Uint8Array(200).fill(2));
    const audio = take(phone, 4).map((output) => (output.kind === 'audio' ? output : undefined));
    await Promise.all([first, second]);
    const bytes = Buffer.concat(audio.map((output) => output?.mulaw ?? new Uint8Array()));
    expect([...new Set(bytes.subarray(0, 200))]).toEqual([1]);
    expect([...new Set(bytes.subarray(200, 400))]).toEqual([2]);
    expect([...new Set(bytes.subarray(400))]).toEqual([0xff]);
    expect(audio.map((output) => output?.rtpTimestamp)).toEqual([1000, 1160, 1320, 1480]);
    expect(audio.map((output) => output?.marker)).toEqual([true, false, false, false]);
  });

  test('sends nothing between talkspurts with DTX, and time goes on', () => {
    const phone = sender({ isDtx: true });
    expect(take(phone, 3)).toEqual([]);
    void phone.play(new Uint8Array(160).fill(3));
    expect(take(phone, 2)).toMatchObject([{ kind: 'audio', rtpTimestamp: 1480, marker: true }]);
  });

  test('skipped frames are missing in time, not in audio', () => {
    const phone = sender();
    void phone.play(Uint8Array.from({ length: 320 }, (_, i) => i & 0x7f));
    const [first] = phone.next(0);
    const [second] = phone.next(3);
    expect(first).toMatchObject({ rtpTimestamp: 1000 });
    expect(second).toMatchObject({ rtpTimestamp: 1000 + 4 * 160 });
    expect(phone.spoken).toHaveLength(160 + 4 * 160);
  });

  test('stopping throws away the rest and tells who waits', async () => {
    const phone = sender();
    const playing = phone.play(new Uint8Array(8000).fill(4));
    take(phone, 2);
    phone.stopPlaying();
    await playing;
    expect(phone.next(0)).toMatchObject([{ mulaw: new Uint8Array(160).fill(0xff) }]);
  });

  test('a key is one RFC 4733 event: one timestamp, growing duration, end thrice', async () => {
    const phone = sender();
    const pressed = phone.pressKey('#');
    const outputs = take(phone, 9);
    await pressed;
    const events = outputs.filter((output) => output.kind === 'event');
    expect(events.map(({ durationUnits }) => durationUnits)).toEqual([
      160, 320, 480, 640, 800, 800, 800,
    ]);
    expect(events.map(({ isEnd }) => isEnd)).toEqual([
      false,
      false,
      false,
      false,
      true,
      true,
      true,
    ]);
    expect(new Set(events.map(({ rtpTimestamp }) => rtpTimestamp))).toEqual(new Set([1000]));
    expect(events.map(({ event }) => event)).toContain(11);
    expect(outputs).toHaveLength(7);
    expect(phone.next(0)).toMatchObject([{ kind: 'audio', rtpTimestamp: 1000 + 9 * 160 }]);
  });

  test('what is no key is refused', () => {
    expect(() => sender().pressKey('x')).toThrow('no such key');
  });
});

function frame(value: number): Uint8Array {
  return new Uint8Array(160).fill(value);
}

describe('AudioReceiver', () => {
  test('puts bytes in sequence and counts what is amiss', () => {
    const phone = new AudioReceiver(0);
    const heard: number[] = [];
    phone.onAudio((mulaw) => heard.push(mulaw[0] ?? -1));
    const packets: [sequence: number, at: number][] = [
      [65534, 0],
      [65535, 20],
      [1, 60], // overtakes 0
      [0, 61],
      [0, 62], // twice
      [3, 105], // 2 never comes
      [4, 190], // late
    ];
    for (const [sequenceNumber, at] of packets) {
      const index = (sequenceNumber - 65534) & 0xffff;
      const rtpTimestamp = (4294967200 + index * 160) >>> 0; // Wraps within the row.
      phone.receive({ sequenceNumber, rtpTimestamp, mulaw: frame(index) }, at);
    }
    expect(phone.stats()).toMatchObject({
      received: 6,
      lost: 1,
      duplicate: 1,
      reordered: 1,
      late: 1,
      gapMsMax: 85,
    });
    const inSequence = phone.payload().filter((_, i) => i % 160 === 0);
    expect([...inSequence]).toEqual([0, 1, 2, 3, 5, 6]);
    expect(heard).toEqual([0, 1, 3, 2, 5, 6]);
  });

  test('the track is on the wall clock, with silence where nothing came', () => {
    const phone = new AudioReceiver(1000);
    phone.receive({ sequenceNumber: 5, rtpTimestamp: 7, mulaw: frame(1) }, 1100);
    phone.receive({ sequenceNumber: 6, rtpTimestamp: 7 + 480, mulaw: frame(2) }, 1163);
    const heard = phone.heard();
    expect(heard).toHaveLength(800 + 480 + 160);
    expect(heard[799]).toBe(0xff);
    expect(heard[800]).toBe(1);
    expect(heard[800 + 160]).toBe(0xff);
    expect(heard[800 + 480]).toBe(2);
  });

  test('timestamps that jump begin a new schedule', () => {
    const phone = new AudioReceiver(0);
    phone.receive({ sequenceNumber: 1, rtpTimestamp: 0, mulaw: frame(1) }, 0);
    phone.receive({ sequenceNumber: 2, rtpTimestamp: 900_000, mulaw: frame(2) }, 20);
    expect(phone.heard()).toHaveLength(320);
    expect(phone.stats().late).toBe(0);
  });

  test('other packets take a sequence number', () => {
    const phone = new AudioReceiver(0);
    phone.receive({ sequenceNumber: 1, rtpTimestamp: 0, mulaw: frame(1) }, 0);
    phone.receiveOther(2);
    phone.receive({ sequenceNumber: 3, rtpTimestamp: 320, mulaw: frame(1) }, 40);
    expect(phone.stats()).toMatchObject({ received: 2, lost: 0 });
  });
});

describe('RTP', () => {
  test('a packet with CSRC, extension and padding', () => {
    const hex = 'b1 00 0001 00000002 00000003 00000009 bede 0001 10ff0000 aabbcc 000003'.replaceAll(
      ' ',
      '',
    );
    const packet = parseRtp(Buffer.from(hex, 'hex'));
    expect(packet).toMatchObject({ payloadType: 0, sequenceNumber: 1, rtpTimestamp: 2, ssrc: 3 });
    expect(Buffer.from(packet?.payload ?? []).toString('hex')).toBe('aabbcc');
  });

  test('what is written is read', () => {
    const packet = {
      payloadType: 101,
      marker: true,
      sequenceNumber: 65535,
      rtpTimestamp: 4294967295,
      ssrc: 4294967294,
      payload: Uint8Array.of(1, 2, 3),
    };
    expect(parseRtp(buildRtp(packet))).toEqual(packet);
  });

  test.for(['', '80', '40000001000000020000000300', 'a00000010000000200000003ff'])(
    'no RTP: %s',
    (hex) => {
      expect(parseRtp(Buffer.from(hex, 'hex'))).toBeUndefined();
    },
  );
});

test('µ-law survives A-law to the nearest level', () => {
  const all = Uint8Array.from({ length: 256 }, (_, i) => i);
  const back = alawToMulaw(mulawToAlaw(all));
  // Sign and segment stay; a step may move by one or two.
  back.forEach((code, i) => expect(Math.abs((code & 0x7f) - (i & 0x7f))).toBeLessThanOrEqual(2));
});

test('the human is told from silence and from speech-like noise', () => {
  const milliwatt = [0x1e, 0x0b, 0x0b, 0x1e, 0x9e, 0x8b, 0x8b, 0x9e];
  const human = Uint8Array.from({ length: 4000 }, (_, i) => milliwatt[i % 8] ?? 0);
  const noise = Uint8Array.from({ length: 4000 }, (_, i) => (i * i * 31) & 0xff);
  expect(toneLevel(human, HUMAN_TONE_HZ)).toBeGreaterThan(0.9);
  expect(toneLevel(noise, HUMAN_TONE_HZ)).toBeLessThan(0.2);
  expect(toneLevel(new Uint8Array(4000).fill(0xff), HUMAN_TONE_HZ)).toBe(0);
});

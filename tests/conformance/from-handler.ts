import { expect } from 'vitest';
import type { RawStream } from './raw-handler.ts';
import type { Section } from './rule.ts';
import { World } from './world.ts';
import type { Phone } from '../rig/phone.ts';

/** `length` bytes of audio, none of them silence. */
function audio(length: number, seed = 1): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, i) => 1 + ((i * 13 + seed * 7) % 125)));
}

/** What the caller heard, without silence. */
function heard(phone: Phone): Buffer {
  return Buffer.from(phone.recording.payload().filter((byte) => byte !== 0xff));
}

/** A call in which the handler does `work`; then the caller hangs up. */
async function inCall(
  work: (stream: RawStream, phone: Phone, world: World) => Promise<void>,
): Promise<{ phone: Phone; stream: RawStream }> {
  await using world = await World.start();
  const phone = await world.call();
  const stream = await world.stream();
  await work(stream, phone, world);
  await phone.hangup();
  await stream.untilEvent('stop');
  return { phone, stream };
}

const TEN_MINUTES = 10 * 60 * 8000;

export const FROM_HANDLER: Section = {
  title: 'Messages from the handler',
  file: 'from-handler.ts',
  rules: [
    {
      id: '3.1',
      rule: 'Payloads of any size play one behind the other, in order, not a byte added or lost between them',
      source: 'D1, R',
      test: async () => {
        const sizes = [1704, 2664, 1, 159, 161, 8000, 3];
        const all = audio(sizes.reduce((a, b) => a + b));
        const { phone } = await inCall(async (stream) => {
          let offset = 0;
          for (const size of sizes) {
            stream.play(all.subarray(offset, offset + size));
            offset += size;
          }
          stream.mark('end');
          await stream.untilMark('end');
        });
        const payload = Buffer.from(phone.recording.payload());
        const start = payload.findIndex((byte) => byte !== 0xff);
        expect(payload.subarray(start, start + all.length).equals(all)).toBe(true);
      },
    },
    {
      id: '3.2',
      rule: 'A `mark` comes back when the audio before it has ended, not earlier',
      source: 'D1',
      test: async () => {
        const heardAtMark = { bytes: 0 };
        const words = audio(8000);
        await inCall(async (stream, phone) => {
          stream.play(words);
          stream.mark('end');
          await stream.untilMark('end');
          heardAtMark.bytes = heard(phone).length;
        });
        // The last frame may still be on its way through the PBX.
        expect(heardAtMark.bytes).toBeGreaterThanOrEqual(words.length - 2 * 160);
      },
    },
    {
      id: '3.3',
      rule: 'A `mark` with nothing queued comes back at once',
      source: 'D1',
      test: async () => {
        const { stream } = await inCall(async (each) => {
          each.mark('now');
          await each.untilMark('now');
        });
        expect(stream.marks).toEqual(['now']);
      },
    },
    {
      id: '3.4',
      rule: 'Marks behind each other all come back, in order; so do several of one name',
      source: 'D1, R',
      test: async () => {
        const names = ['responsePart', 'responsePart', 'a', 'responsePart', ''];
        const { stream } = await inCall(async (each) => {
          each.play(audio(320));
          for (const name of names.slice(0, 3)) each.mark(name);
          each.play(audio(320));
          for (const name of names.slice(3)) each.mark(name);
          await each.untilMark('');
        });
        expect(stream.marks).toEqual(names);
      },
    },
    {
      id: '3.5',
      rule: 'A name is echoed as JSON, whatever is in it: a whole JSON document, controls, emoji',
      source: 'R',
      test: async () => {
        const names = ['{"a":"\\"b\\"","n":[1]}', 'line\nbreak\t\u0001', '\u{1F600} äé', '\u2028'];
        const { stream } = await inCall(async (each) => {
          for (const name of names) each.mark(name);
          await each.untilMark('\u2028');
        });
        expect(stream.marks).toEqual(names);
      },
    },
    {
      id: '3.6',
      rule: '`clear` empties the queue and returns all pending marks, in order, with no `media` in between',
      source: 'D1',
      test: async () => {
        const words = audio(40_000);
        const { phone, stream } = await inCall(async (each, caller) => {
          each.play(words);
          each.mark('a');
          each.play(words);
          each.mark('b');
          const { promise, resolve } = Promise.withResolvers<void>();
          const stop = caller.onAudio(() => {
            if (heard(caller).length > 0) resolve();
          });
          await promise;
          stop();
          each.send({ event: 'clear' });
          await each.untilMark('b');
        });
        expect(stream.marks).toEqual(['a', 'b']);
        const at = stream.events.indexOf('mark');
        expect(stream.events[at + 1]).toBe('mark');
        expect(heard(phone).length).toBeLessThan(words.length);
      },
    },
    {
      id: '3.7',
      rule: 'After a `clear`, audio and marks go by the usual rules',
      source: 'D1',
      test: async () => {
        const first = audio(40_000);
        const second = audio(1600, 3);
        const { phone, stream } = await inCall(async (each) => {
          each.play(first);
          each.mark('cleared');
          each.send({ event: 'clear' });
          each.play(second);
          each.mark('played');
          await each.untilMark('played');
        });
        expect(stream.marks).toEqual(['cleared', 'played']);
        expect(heard(phone).includes(second)).toBe(true);
      },
    },
    {
      id: '3.8',
      rule: '`clear` with nothing queued changes nothing and returns nothing',
      source: 'D1',
      test: async () => {
        const { stream } = await inCall(async (each) => {
          each.send({ event: 'clear' });
          each.mark('after');
          await each.untilMark('after');
        });
        expect(stream.marks).toEqual(['after']);
      },
    },
    {
      id: '3.9',
      rule: 'Ten minutes may be queued; what is beyond is refused, with 31931, once',
      source: 'E',
      test: async () => {
        await inCall(async (stream, _phone, world) => {
          stream.play(new Uint8Array(TEN_MINUTES - 8000).fill(1));
          stream.play(new Uint8Array(16_000).fill(2));
          stream.play(new Uint8Array(16_000).fill(2));
          await world.warned(31931);
          stream.mark('sentinel');
          stream.send({ event: 'clear' });
          await stream.untilMark('sentinel');
          const lines = world.relay.log.all.filter(({ twilioCode }) => twilioCode === 31931);
          expect(lines).toHaveLength(2);
          expect(lines.map((line) => 'isFirst' in line && line.isFirst)).toEqual([true, false]);
        });
      },
    },
    {
      id: '3.10',
      rule: 'Digits cannot be sent through the stream: a `dtmf` is an unknown event',
      source: 'D1',
      test: async () => {
        await inCall(async (stream, _phone, world) => {
          stream.send({ event: 'dtmf', dtmf: { digit: '1' } });
          await world.warned(31951);
        });
      },
    },
    {
      id: '3.11',
      rule: 'The handler of a `<Start>` stream must send nothing: 31924, and nobody hears it',
      source: 'E',
      note: 'That the stream goes on is INFERRED',
      test: async () => {
        await using world = await World.start({
          twiml: '<Response><Start><Stream url="{ws}/m"/></Start><Pause length="60"/></Response>',
        });
        const phone = await world.call({ until: 'sent' });
        const stream = await world.stream();
        stream.play(audio(800));
        await world.warned(31924);
        const before = stream.media.length;
        await stream.messages.until('more audio', () => stream.media.length > before);
        expect(heard(phone)).toHaveLength(0);
      },
    },
    {
      id: '3.12',
      rule: 'The longest message that Twilio takes',
      source: 'UNKNOWN',
      note: '6.5 MiB here: ten minutes of audio in one',
    },
  ],
};

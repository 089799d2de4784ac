/** What a handler sends on its socket: one message, and a whole conversation with the media clock going on beside it. */

import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { StreamSession } from '@patchcord/relay/core/stream/session';
import { DEFAULT_DIALECT } from '@patchcord/shared/media-streams/dialect';
import { decodeRelayMessage, decodeTwilioMessage } from '@patchcord/shared/media-streams/decode';
import {
  FRAME_BYTES,
  MESSAGE_BYTES_MAX,
  QUEUED_BYTES_MAX,
} from '@patchcord/shared/media-streams/limits';
import { measured } from './measured.ts';
import { anyText, damaged, floodOf, textOf } from './text.ts';

const STREAM_SID = `MZ${'a'.repeat(32)}`;
const PIECES = [
  ['{', '}', '[', ']', '"', ':', ',', '\\', '\\u0000', '\\ud800', 'null', 'true', '1e999', '-'],
  ['"event"', '"media"', '"mark"', '"clear"', '"payload"', '"name"', '"__proto__"', '{"a":'],
  [`"streamSid":"${STREAM_SID}"`, '"AAAA"', '"====', '/+/+', '\u{1F600}', '[]', '[],', '{},'],
].flat();

const media = fc
  .oneof(fc.uint8Array({ maxLength: 20_000 }), fc.constant(new Uint8Array(480_000)))
  .map((bytes) => ({ event: 'media', media: { payload: bytes.toBase64() } }));
const mark = fc.oneof(anyText, fc.json()).map((name) => ({ event: 'mark', mark: { name } }));
const clear = fc.constant({ event: 'clear' });
const pause = fc.constantFrom({ event: 'pause' }, { event: 'unpause' });
const digits = fc.oneof(fc.constant('1w2#'), anyText).map((keys) => ({
  event: 'send-dtmf',
  dtmf: { digits: keys },
}));
const transfer = fc
  .record({
    id: anyText,
    target: anyText,
    kind: fc.constantFrom('cold', 'warm', 'hot'),
    timeoutSec: fc.oneof(fc.integer({ min: 1, max: 600 }), fc.double()),
  })
  .map((request) => ({ event: 'transfer', transfer: request }));
const hangup = fc.oneof(anyText, fc.json()).map((reason) => ({
  event: 'hangup',
  hangup: { reason },
}));
const message = fc
  .tuple(
    fc.oneof(media, mark, clear, pause, digits, transfer, hangup),
    fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 1 }),
  )
  .map(([known, extra]) => JSON.stringify({ streamSid: STREAM_SID, ...known, ...extra }));
const flood = floodOf(PIECES, MESSAGE_BYTES_MAX).map((each) =>
  // The socket counts bytes.
  /^[\0-\x7f]*$/.test(each) ? each : each.slice(0, MESSAGE_BYTES_MAX / 4),
);
const text = fc.oneof(
  { weight: 10, arbitrary: message },
  { weight: 5, arbitrary: damaged(message, PIECES) },
  { weight: 5, arbitrary: textOf(PIECES) },
  { weight: 2, arbitrary: fc.json() },
  { weight: 1, arbitrary: flood },
  {
    weight: 1,
    arbitrary: flood.map((each) => `{"event":"clear","streamSid":"${STREAM_SID}","x":[${each}]}`),
  },
);

type Act =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'binary' | 'slot' | 'key' };

const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 4, arbitrary: text.map((each) => ({ kind: 'text' as const, text: each })) },
  { weight: 1, arbitrary: fc.constantFrom({ kind: 'binary' }, { kind: 'slot' }, { kind: 'key' }) },
);

export const stream = fc.asyncProperty(
  fc.array(act, { minLength: 1, maxLength: 20 }),
  fc.constantFrom<('accept' | 'ignore')[]>('accept', 'ignore'),
  fc.boolean(),
  fc.boolean(),
  async (acts, extraFields, isSlow, hasExtensions) => {
    const open = (): StreamSession => openSession(extraFields, isSlow, hasExtensions);
    const session = open();
    const packet = new Uint8Array(FRAME_BYTES);
    let dueAt = 0;
    for (const each of acts) {
      // What is slow in itself, not what has piled up: a session of its own each time it is measured.
      if (each.kind === 'text') {
        await measured(() => open().handleText(each.text));
        await measured(() => decodeTwilioMessage(each.text));
        await measured(() => decodeRelayMessage(each.text));
        session.handleText(each.text);
      } else if (each.kind === 'binary') session.handleBinary(7);
      else if (each.kind === 'key') session.handleDtmf('5');
      else {
        session.takeAudio(packet, 0);
        session.advance((dueAt += 20));
      }
      assert.ok(session.queuedBytes <= QUEUED_BYTES_MAX);
    }
    await measured(() => session.stop());
    assert.equal(session.queuedBytes, 0);
  },
);

function openSession(
  extraFields: 'accept' | 'ignore',
  isSlow: boolean,
  hasExtensions: boolean,
): StreamSession {
  const decode = hasExtensions ? decodeRelayMessage : decodeTwilioMessage;
  const session = new StreamSession(
    {
      accountSid: `AC${'a'.repeat(32)}`,
      callSid: `CA${'a'.repeat(32)}`,
      streamSid: STREAM_SID,
      customParameters: {},
      tracks: ['inbound'],
    },
    0,
    { mode: 'bidirectional', dialect: { ...DEFAULT_DIALECT, extraFields } },
    {
      sendText: (sent) => assert.equal(decode(sent).kind, 'message'),
      unsentBytes: () => (isSlow ? 1e9 : 0),
      request: ({ event }) => assert.ok(hasExtensions, event),
      report: ({ detail }) => assert.ok(detail.length < 1000),
    },
  );
  session.open({ hasExtensions });
  return session;
}

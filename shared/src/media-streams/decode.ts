/**
 * Text to Media Streams message: the only place that sees what a peer really sent.
 *
 * What a peer sends is weather, never an exception: the answer is a message or a {@link DecodeFailure} whose code is in
 * docs/errors.md.
 *
 * @see https://www.twilio.com/docs/voice/media-streams/websocket-messages, errors 31950 and 31951
 */

import { badField, failure, type DecodeFailure } from './decode-failure.ts';
import {
  EDGE_RULES,
  RELAY_RULES,
  type PatchcordFromEdge,
  type PatchcordFromRelay,
} from './extensions.ts';
import {
  brokenRule,
  isDecimal,
  isObject,
  isStringMap,
  oneOf,
  SEQUENCE_NUMBER,
  STREAM_SID,
  string,
  type FieldRule,
  type JsonObject,
} from './field-rule.ts';
import { MARK_NAME_LENGTH_MAX, MESSAGE_BYTES_MAX } from './limits.ts';
import type { HandlerMessage, TwilioMessage } from './messages.ts';

type TwilioHandlerDecoded =
  /** Audio to play, µ-law at 8 kHz; valid until the next message is decoded. */
  | { readonly kind: 'media'; readonly mulaw: Uint8Array; readonly extraField?: string }
  | { readonly kind: 'mark'; readonly name: string; readonly extraField?: string }
  | { readonly kind: 'clear'; readonly extraField?: string };

export type HandlerDecoded =
  | TwilioHandlerDecoded
  /** Of a handler that is our edge. */
  | { readonly kind: 'extension'; readonly message: PatchcordFromEdge }
  | DecodeFailure;

export type TwilioDecoded =
  | { readonly kind: 'message'; readonly message: TwilioMessage }
  | DecodeFailure;

/** From the relay, to a handler that is our edge. */
export type RelayDecoded =
  | { readonly kind: 'message'; readonly message: TwilioMessage | PatchcordFromRelay }
  | DecodeFailure;

function parseObject(text: string): JsonObject | DecodeFailure {
  if (text.length > MESSAGE_BYTES_MAX) {
    return failure(
      'STREAM_TOO_LARGE',
      `a message holds at most ${MESSAGE_BYTES_MAX} characters, this one has ${text.length}`,
    );
  }
  if (text.length > PLAIN_LENGTH_MAX && hasManyParts(text)) {
    return failure('STREAM_NOT_JSON', 'a message is one JSON object, not thousands of parts');
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return failure('STREAM_NOT_JSON', 'a message is one JSON object');
  }
  return isObject(value) ? value : failure('STREAM_NOT_JSON', 'a message is one JSON object');
}

/** What `JSON.parse` reads in a few milliseconds, whatever it is. */
const PLAIN_LENGTH_MAX = 64 * 1024;
/** Far more than any message has: its payload and its name are one part each. */
const PARTS_MAX = 10_000;

/**
 * Whether a text would keep `JSON.parse` busy: 8 MB of `[` take it 0.7 s, in which no call of the relay has its media. Searching
 * for one character takes about a millisecond.
 */
function hasManyParts(text: string): boolean {
  let parts = 0;
  for (const sign of ['[', '{', ',']) {
    for (let i = text.indexOf(sign); i !== -1; i = text.indexOf(sign, i + 1)) {
      if (++parts > PARTS_MAX) return true;
    }
  }
  return false;
}

function isFailure(value: JsonObject | DecodeFailure): value is DecodeFailure {
  return 'kind' in value && value['kind'] === 'failure' && 'rule' in value;
}

/** Payloads up to this share one piece of memory; a handler's usual payload is below 16 kB. */
const SCRATCH_BYTES = 64 * 1024;

/** Reads what one handler sends to one stream. */
export class HandlerDecoder {
  readonly #streamSid: string;
  readonly #hasExtensions: boolean;
  /** Bytes of the last payload: made once, because a new typed array costs more than decoding into it. */
  #scratch = new Uint8Array(0);

  /** With `hasExtensions` the handler may send {@link PatchcordFromEdge}, too; otherwise these are unknown events. */
  constructor(streamSid: string, { hasExtensions = false } = {}) {
    this.#streamSid = streamSid;
    this.#hasExtensions = hasExtensions;
  }

  /**
   * Reads one text frame. The first field that does not belong is named in `extraField`: Twilio warns of it (31951), and what
   * then happens is {@link Dialect.extraFields}.
   */
  decode(text: string): HandlerDecoded {
    const object = parseObject(text);
    if (isFailure(object)) return object;
    const event = object['event'];
    const isTwilios = event === 'media' || event === 'mark' || event === 'clear';
    const rules = isTwilios || !this.#hasExtensions ? undefined : EDGE_RULES.get(event);
    if (!isTwilios && rules === undefined) {
      return failure(
        'STREAM_UNKNOWN_EVENT',
        `event must be media, mark or clear, got ${describe(event)}`,
        'event',
      );
    }
    if (object['streamSid'] !== this.#streamSid) {
      return failure(
        'STREAM_WRONG_SID',
        `streamSid must be ${this.#streamSid}, got ${describe(object['streamSid'])}`,
        'streamSid',
      );
    }
    if (!isTwilios) {
      const broken = brokenRule(object, rules ?? []);
      if (broken !== undefined) return broken;
      // Every field the type promises has just been checked against the table.
      return { kind: 'extension', message: object as unknown as PatchcordFromEdge };
    }
    const extraField = extraFieldOf(object, event);
    const decoded = this.#decodeBody(event, object);
    return extraField === undefined || decoded.kind === 'failure'
      ? decoded
      : { ...decoded, extraField };
  }

  #decodeBody(
    event: HandlerMessage['event'],
    object: JsonObject,
  ): TwilioHandlerDecoded | DecodeFailure {
    switch (event) {
      case 'media':
        return this.#decodeMedia(object['media']);
      case 'mark':
        return decodeMark(object['mark']);
      case 'clear':
        return { kind: 'clear' };
    }
  }

  #decodeMedia(media: unknown): TwilioHandlerDecoded | DecodeFailure {
    if (!isObject(media)) return badField('media', 'an object');
    const payload = media['payload'];
    if (typeof payload !== 'string') return badField('media.payload', 'a string of base64');
    const mulaw = this.#decodeBase64(payload);
    if (mulaw === undefined) {
      return failure('STREAM_NOT_BASE64', 'media.payload must be standard base64', 'media.payload');
    }
    return { kind: 'media', mulaw };
  }

  /** Standard base64, padded or not, to bytes; undefined where it is not base64. */
  #decodeBase64(text: string): Uint8Array | undefined {
    try {
      // Four characters are three bytes: larger than this a payload cannot be.
      if (text.length > SCRATCH_BYTES) return Uint8Array.fromBase64(text);
      if (this.#scratch.length === 0) this.#scratch = new Uint8Array(SCRATCH_BYTES);
      return this.#scratch.subarray(0, this.#scratch.setFromBase64(text).written);
    } catch {
      return undefined;
    }
  }
}

/** The path of the first field that a message of `event` does not have. */
function extraFieldOf(object: JsonObject, event: HandlerMessage['event']): string | undefined {
  for (const key in object) {
    const isKnown = key === 'event' || key === 'streamSid' || (key === event && event !== 'clear');
    if (!isKnown) return key;
  }
  const inner = object[event];
  if (event === 'clear' || !isObject(inner)) return undefined;
  const known = event === 'media' ? 'payload' : 'name';
  for (const key in inner) if (key !== known) return `${event}.${key}`;
  return undefined;
}

function decodeMark(mark: unknown): TwilioHandlerDecoded | DecodeFailure {
  if (!isObject(mark)) return badField('mark', 'an object');
  const name = mark['name'];
  if (typeof name !== 'string') return badField('mark.name', 'a string');
  if (name.length > MARK_NAME_LENGTH_MAX) {
    return badField('mark.name', `at most ${MARK_NAME_LENGTH_MAX} characters`);
  }
  return { kind: 'mark', name };
}

/** What a value is, short enough for a log line and without its content where it may be audio. */
function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 64));
  return value === null ? 'null' : typeof value;
}

/** Reads one text frame that Twilio sent, or the relay to a handler that is not our edge. */
export function decodeTwilioMessage(text: string): TwilioDecoded {
  const object = parseObject(text);
  if (isFailure(object)) return object;
  const broken = brokenTwilioRule(object);
  // Every field the type promises has just been checked against the table.
  return broken ?? { kind: 'message', message: object as unknown as TwilioMessage };
}

/** Reads one text frame of a relay that knows us as its edge. */
export function decodeRelayMessage(text: string): RelayDecoded {
  const object = parseObject(text);
  if (isFailure(object)) return object;
  const rules = RELAY_RULES.get(object['event']);
  const broken = rules === undefined ? brokenTwilioRule(object) : brokenRule(object, rules);
  // As above.
  type Message = TwilioMessage | PatchcordFromRelay;
  return broken ?? { kind: 'message', message: object as unknown as Message };
}

function brokenTwilioRule(object: JsonObject): DecodeFailure | undefined {
  const rules = TWILIO_RULES[String(object['event'])];
  if (rules !== undefined) return brokenRule(object, rules);
  return failure(
    'STREAM_UNKNOWN_EVENT',
    `event must be connected, start, media, mark, dtmf or stop, got ${describe(object['event'])}`,
    'event',
  );
}

/** The rules of each event that Twilio sends. A null prototype: `event: "constructor"` is no event. */
const TWILIO_RULES: Readonly<Record<string, readonly FieldRule[]>> = Object.assign(
  Object.create(null) as object,
  {
    connected: [string('protocol')],
    start: [
      STREAM_SID,
      SEQUENCE_NUMBER,
      string('start.accountSid'),
      string('start.streamSid'),
      string('start.callSid'),
      ['start.tracks', Array.isArray, 'an array'],
      ['start.mediaFormat.encoding', (value) => value === 'audio/x-mulaw', 'audio/x-mulaw'],
      ['start.mediaFormat.sampleRate', (value) => value === 8000, 'the number 8000'],
      ['start.mediaFormat.channels', (value) => value === 1, 'the number 1'],
      ['start.customParameters', isStringMap, 'an object of strings'],
    ],
    media: [
      STREAM_SID,
      SEQUENCE_NUMBER,
      oneOf('media.track', ['inbound', 'outbound']),
      ['media.chunk', isDecimal, 'a string of digits'],
      ['media.timestamp', isDecimal, 'a string of digits'],
      ['media.payload', (value) => typeof value === 'string', 'a string of base64'],
    ],
    mark: [STREAM_SID, SEQUENCE_NUMBER, string('mark.name')],
    dtmf: [STREAM_SID, SEQUENCE_NUMBER, string('dtmf.digit')],
    stop: [STREAM_SID, SEQUENCE_NUMBER, string('stop.accountSid'), string('stop.callSid')],
  } satisfies Record<TwilioMessage['event'], readonly FieldRule[]>,
);

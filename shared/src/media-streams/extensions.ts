/**
 * What relay and edge add to Twilio's stream when both ends are ours: exact playout, and control of the call.
 *
 * Only where the handler's 101 answer carries the header that the relay's request carried; otherwise nothing of this is sent, and what is
 * received of it is an unknown event. Fields that are not named here are ignored.
 *
 * @see docs/patchcord-stream.md (who sends what when)
 */

import {
  isDecimal,
  isObject,
  oneOf,
  optional,
  SEQUENCE_NUMBER,
  STREAM_SID,
  text,
  type FieldRule,
} from './field-rule.ts';

/** Header of the WebSocket request, and of its 101 answer. */
export const PATCHCORD_HEADER = 'X-Patchcord';
/** The value of the header on both sides: the version of what is below. */
export const PATCHCORD_VERSION = '1';

/** Whether a header's value, as any platform gives it, says that the peer knows this version. */
export function isPatchcord(value: string | readonly string[] | null | undefined): boolean {
  return value === PATCHCORD_VERSION;
}

const TRANSFER_ID_LENGTH_MAX = 64;
/** As long as a SIP address may be. */
const ADDRESS_LENGTH_MAX = 320;
const REASON_LENGTH_MAX = 200;
/** The bound of `<Dial timeout>`. */
const TIMEOUT_SEC_MAX = 600;
const DIGITS_LENGTH_MAX = 64;

// --- edge to relay ------------------------------------------------------------------------------------------------

/** Holds playout at the next frame: the caller hears silence, queue and marks wait. Twice is as once; `clear` ends it. */
export interface PauseMessage {
  readonly event: 'pause';
  readonly streamSid: string;
}

/** Goes on at the very next sample. */
export interface UnpauseMessage {
  readonly event: 'unpause';
  readonly streamSid: string;
}

export interface TransferRequest {
  /** Of the edge's choice; comes back in {@link TransferredMessage}. 1 to 64 characters. */
  readonly id: string;
  /** A number, an extension of the PBX, or a `sip:` address. What `OUTBOUND_ALLOW` does not open is refused. */
  readonly target: string;
  /** `cold`: the caller hears ringing when the agent is silent. `warm`: the caller hears the agent only. */
  readonly kind: 'cold' | 'warm';
  /** How long it may ring, 1 to 600. */
  readonly timeoutSec: number;
  /** What the called party sees; without it the caller's number, or ours where theirs may not be shown. */
  readonly callerId?: string;
}

/** Dials while the stream goes on; an answer ends the stream and joins the caller with who answered. */
export interface TransferMessage {
  readonly event: 'transfer';
  readonly streamSid: string;
  readonly transfer: TransferRequest;
}

/** Ends the call at once, as REST's `Status=completed` does. */
export interface HangupMessage {
  readonly event: 'hangup';
  readonly streamSid: string;
  /** For the log. */
  readonly hangup: { readonly reason?: string };
}

/** Presses keys: `0-9`, `A-D`, `*`, `#`, `w` for a pause of 0.5 s and `W` for one of 1 s. */
export interface SendDtmfMessage {
  readonly event: 'send-dtmf';
  readonly streamSid: string;
  readonly dtmf: { readonly digits: string };
}

export type PatchcordFromEdge =
  | PauseMessage
  | UnpauseMessage
  | TransferMessage
  | HangupMessage
  | SendDtmfMessage;

// --- relay to edge ------------------------------------------------------------------------------------------------

export interface Played {
  /**
   * Samples of the handler's audio that were played since the stream began, one byte of µ-law each. Exact, never smaller
   * than before; what `clear` threw away does not count, and the frame that is on its way already does.
   */
  readonly samples: string;
  /** Of a `clear`: the samples it threw away. */
  readonly cleared?: string;
  readonly isPaused: boolean;
  /**
   * Where on the caller's media clock (`media.timestamp`) the last of these samples ends, milliseconds. The clock goes on while the
   * phone sends nothing, and it does not matter when the message is sent. Absent while nothing has been played.
   */
  readonly timestamp?: string;
}

/** Sent before the marks of a slot, on `clear` before the marks that it gives back, on `pause` and `unpause`, where slots are skipped in the midst of audio, and before `stop`. */
export interface PlayedMessage {
  readonly event: 'played';
  readonly sequenceNumber: string;
  readonly streamSid: string;
  readonly played: Played;
}

export interface Transferred {
  readonly id: string;
  /** `answered`: the stream ends now. `failed`: the caller is the agent's as before. `ended`: the call ended while it rang. */
  readonly status: 'ringing' | 'answered' | 'failed' | 'ended';
  /** Of `failed`: `busy`, `no-answer`, `failed`, or a code of docs/errors.md such as `OUTBOUND_TO_NOT_ALLOWED`. */
  readonly reason?: string;
}

export interface TransferredMessage {
  readonly event: 'transferred';
  readonly sequenceNumber: string;
  readonly streamSid: string;
  readonly transferred: Transferred;
}

export interface DtmfSent {
  readonly digits: string;
  readonly status: 'sent' | 'failed';
  /** Of `failed`: a code of docs/errors.md. */
  readonly reason?: string;
}

/** The last key and the last pause of one `send-dtmf` are over, or it did not work. */
export interface DtmfSentMessage {
  readonly event: 'dtmf-sent';
  readonly sequenceNumber: string;
  readonly streamSid: string;
  readonly dtmf: DtmfSent;
}

export type PatchcordFromRelay = PlayedMessage | TransferredMessage | DtmfSentMessage;

// --- the edge's messages as text ----------------------------------------------------------------------------------

export function encodePause(streamSid: string): string {
  return JSON.stringify({ event: 'pause', streamSid } satisfies PauseMessage);
}

export function encodeUnpause(streamSid: string): string {
  return JSON.stringify({ event: 'unpause', streamSid } satisfies UnpauseMessage);
}

export function encodeTransfer(streamSid: string, request: TransferRequest): string {
  const { id, target, kind, timeoutSec, callerId } = request;
  return JSON.stringify({
    event: 'transfer',
    streamSid,
    transfer: { id, target, kind, timeoutSec, ...(callerId === undefined ? {} : { callerId }) },
  } satisfies TransferMessage);
}

export function encodeHangup(streamSid: string, reason?: string): string {
  const hangup = reason === undefined ? {} : { reason };
  return JSON.stringify({ event: 'hangup', streamSid, hangup } satisfies HangupMessage);
}

export function encodeSendDtmf(streamSid: string, digits: string): string {
  return JSON.stringify({
    event: 'send-dtmf',
    streamSid,
    dtmf: { digits },
  } satisfies SendDtmfMessage);
}

// --- what a message must hold -------------------------------------------------------------------------------------

const isBoolean = (value: unknown): boolean => typeof value === 'boolean';
const isTimeoutSec = (value: unknown): boolean =>
  typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= TIMEOUT_SEC_MAX;
const isDigits = (value: unknown): boolean =>
  typeof value === 'string' && value.length <= DIGITS_LENGTH_MAX && /^[0-9A-D*#wW]+$/.test(value);
const DIGITS: FieldRule = [
  'dtmf.digits',
  isDigits,
  `1 to ${DIGITS_LENGTH_MAX} of 0-9, A-D, *, #, w and W`,
];
const FROM_RELAY = [STREAM_SID, SEQUENCE_NUMBER] as const;

/** The rules of each event of the edge, beside `streamSid`. */
export const EDGE_RULES: ReadonlyMap<unknown, readonly FieldRule[]> = new Map<
  PatchcordFromEdge['event'],
  readonly FieldRule[]
>([
  ['pause', []],
  ['unpause', []],
  [
    'transfer',
    [
      text('transfer.id', 1, TRANSFER_ID_LENGTH_MAX),
      text('transfer.target', 1, ADDRESS_LENGTH_MAX),
      oneOf('transfer.kind', ['cold', 'warm']),
      ['transfer.timeoutSec', isTimeoutSec, `an integer from 1 to ${TIMEOUT_SEC_MAX}`],
      optional(text('transfer.callerId', 1, ADDRESS_LENGTH_MAX)),
    ],
  ],
  [
    'hangup',
    [['hangup', isObject, 'an object'], optional(text('hangup.reason', 0, REASON_LENGTH_MAX))],
  ],
  ['send-dtmf', [DIGITS]],
]);

/** The rules of each event of the relay. */
export const RELAY_RULES: ReadonlyMap<unknown, readonly FieldRule[]> = new Map<
  PatchcordFromRelay['event'],
  readonly FieldRule[]
>([
  [
    'played',
    [
      ...FROM_RELAY,
      ['played.samples', isDecimal, 'a string of digits'],
      optional(['played.cleared', isDecimal, 'a string of digits']),
      ['played.isPaused', isBoolean, 'true or false'],
      optional(['played.timestamp', isDecimal, 'a string of digits']),
    ],
  ],
  [
    'transferred',
    [
      ...FROM_RELAY,
      text('transferred.id', 1, TRANSFER_ID_LENGTH_MAX),
      oneOf('transferred.status', ['ringing', 'answered', 'failed', 'ended']),
      optional(text('transferred.reason', 0, REASON_LENGTH_MAX)),
    ],
  ],
  [
    'dtmf-sent',
    [
      ...FROM_RELAY,
      DIGITS,
      oneOf('dtmf.status', ['sent', 'failed']),
      optional(text('dtmf.reason', 0, REASON_LENGTH_MAX)),
    ],
  ],
]);

/**
 * The life of a call as one table. docs/states.md draws it.
 *
 * ```
 * dialling ─▶ preparing ─▶ detecting ─┐
 *                ▲  └──────────────┐  │
 *                │                 ▼  ▼
 *             performing ⇄────── fetching
 *                  │                 │
 *                  ├─▶ returning ◀───┤
 *                  └─▶ hanging-up ◀──┴─▶ releasing ─▶ ended
 * ```
 *
 * A caller who comes in begins in `fetching`: the document may reject the call, so nobody is answered before its first verb
 * needs it. A call that goes out begins in `dialling`.
 */

export type CallState =
  /** Ringing at the far end. */
  | 'dialling'
  /** Asking for a document. A new caller hears ringing, one who was answered silence. */
  | 'fetching'
  /** Answering, making the bridge and the media channel. */
  | 'preparing'
  /** Listening whether a person or a machine has answered; the document waits for that. */
  | 'detecting'
  /** A verb of the document is running. */
  | 'performing'
  /** Giving the caller back to the PBX's dialplan. */
  | 'returning'
  | 'hanging-up'
  /** Ending every channel, bridge, socket and port that was made. */
  | 'releasing'
  | 'ended';

export type CallEvent =
  | 'answered'
  | 'not-answered'
  | 'detect'
  /** Another document is due: the first one, a `<Redirect>`, an action, or one that came through REST. */
  | 'ask'
  | 'document-failed'
  /** The next verb can begin. */
  | 'perform'
  /** The next verb needs the caller's media first. */
  | 'answer'
  | 'media-failed'
  /** Asterisk ended the media channel under a living call. */
  | 'media-left'
  /** No verb is left, and all went well. */
  | 'finished'
  /** No verb is left that could help. */
  | 'gave-up'
  /** `<Hangup>`, `<Reject>`, REST, or the time limit. */
  | 'hang-up'
  | 'caller-left'
  /** The relay stops and the drain time is over. */
  | 'stop'
  | 'handed-over'
  | 'released';

type Transitions = Readonly<Record<CallState, Partial<Readonly<Record<CallEvent, CallState>>>>>;

/** What may happen to any call that somebody is on the line of. */
const WAYS_OUT = {
  'media-left': 'returning',
  'caller-left': 'releasing',
  'hang-up': 'hanging-up',
  stop: 'returning',
} as const;

/** What is not listed is ignored: late answers of work that is no longer wanted. */
export const CALL_TRANSITIONS = {
  dialling: {
    answered: 'preparing',
    'not-answered': 'releasing',
    'caller-left': 'releasing',
    'hang-up': 'hanging-up',
    stop: 'hanging-up',
  },
  fetching: {
    ...WAYS_OUT,
    ask: 'fetching',
    answer: 'preparing',
    perform: 'performing',
    'document-failed': 'returning',
    finished: 'hanging-up',
    'gave-up': 'returning',
  },
  preparing: {
    ...WAYS_OUT,
    perform: 'performing',
    detect: 'detecting',
    ask: 'fetching',
    'media-failed': 'returning',
  },
  detecting: { ...WAYS_OUT, ask: 'fetching' },
  performing: {
    ...WAYS_OUT,
    perform: 'performing',
    answer: 'preparing',
    ask: 'fetching',
    finished: 'hanging-up',
    'gave-up': 'returning',
  },
  returning: { 'handed-over': 'releasing', 'caller-left': 'releasing' },
  'hanging-up': { 'handed-over': 'releasing', 'caller-left': 'releasing' },
  releasing: { released: 'ended' },
  ended: {},
} as const satisfies Transitions;

/** The state after `event`, or undefined where the event means nothing in `state`. */
export function nextCallState(state: CallState, event: CallEvent): CallState | undefined {
  const transitions: Partial<Readonly<Record<CallEvent, CallState>>> = CALL_TRANSITIONS[state];
  return transitions[event];
}

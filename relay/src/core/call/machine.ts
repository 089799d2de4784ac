/**
 * The life of a call as one table. docs/states.md draws it.
 *
 * ```
 * fetching ─▶ preparing ─▶ connecting ⇄ streaming ─▶ hanging-up ─▶ releasing ─▶ ended
 *     │           │            ⇅            ⇅                          ▲
 *     │           │           redirecting ──┴──────▶                   │
 *     └───────────┴────────────┴───────────────────▶ returning ────────┘
 * ```
 */

export type CallState =
  /** Asking the voice webhook what to do; the caller hears ringing. */
  | 'fetching'
  /** Answering, making the bridge and the media channel. */
  | 'preparing'
  /** Opening the stream of the next `<Connect>`. */
  | 'connecting'
  | 'streaming'
  /** Asking for the document of a `<Redirect>`; the caller, who was answered, hears silence. */
  | 'redirecting'
  /** Giving the caller back to the PBX's dialplan. */
  | 'returning'
  | 'hanging-up'
  /** Ending every channel, bridge, socket and port that was made. */
  | 'releasing'
  | 'ended';

export type CallEvent =
  | 'document'
  | 'document-failed'
  | 'media-ready'
  | 'media-failed'
  /** Asterisk ended the media channel under a living call. */
  | 'media-left'
  | 'stream-open'
  /** The stream is over, or never came up: the next verb is a stream too. */
  | 'next-stream'
  | 'redirect'
  /** No verb is left, and all went well. */
  | 'finished'
  /** No verb is left that could help. */
  | 'gave-up'
  | 'caller-left'
  /** The relay stops and the drain time is over. */
  | 'stop'
  | 'handed-over'
  | 'released';

type Transitions = Readonly<Record<CallState, Partial<Readonly<Record<CallEvent, CallState>>>>>;

/** What is not listed is ignored: late answers of work that is no longer wanted. */
export const CALL_TRANSITIONS = {
  fetching: {
    document: 'preparing',
    redirect: 'fetching',
    'document-failed': 'returning',
    finished: 'hanging-up',
    'gave-up': 'returning',
    'caller-left': 'releasing',
    stop: 'returning',
  },
  preparing: {
    'media-ready': 'connecting',
    'media-failed': 'returning',
    'media-left': 'returning',
    'caller-left': 'releasing',
    stop: 'returning',
  },
  connecting: {
    'stream-open': 'streaming',
    'next-stream': 'connecting',
    redirect: 'redirecting',
    finished: 'hanging-up',
    'gave-up': 'returning',
    'media-left': 'returning',
    'caller-left': 'releasing',
    stop: 'returning',
  },
  streaming: {
    'next-stream': 'connecting',
    redirect: 'redirecting',
    finished: 'hanging-up',
    'gave-up': 'returning',
    'media-left': 'returning',
    'caller-left': 'releasing',
    stop: 'returning',
  },
  redirecting: {
    'next-stream': 'connecting',
    redirect: 'redirecting',
    'document-failed': 'returning',
    finished: 'hanging-up',
    'gave-up': 'returning',
    'media-left': 'returning',
    'caller-left': 'releasing',
    stop: 'returning',
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

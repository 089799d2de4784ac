/**
 * Who has the floor: the state machine of a conversation, as a table.
 *
 * ```
 *                       ┌────── barge-in, caller-goes-on, turn-over ─────┐
 *                       ▼                                                │
 * waiting ─ started ─> listening ── agent-turn ──> thinking ── first-audio ──> speaking ── transfer ──> connecting
 *                       │                             │                          │                          │
 *                       └───────────────── farewell ──┴──────────────────────────┘──> leaving   turn-over (it failed)
 * every state ── ended ──> ended
 * ```
 */

export type FloorState =
  /** The socket is open, `start` has not come. */
  | 'waiting'
  /** The caller has the floor. */
  | 'listening'
  /** The agent is about to speak: nothing has been sent yet. */
  | 'thinking'
  /** The agent's audio is queued or playing. */
  | 'speaking'
  /** The caller is being connected to somebody else. */
  | 'connecting'
  /** The agent's last words: not to be interrupted, and the call ends when they have been heard. */
  | 'leaving'
  | 'ended';

export type FloorEvent =
  | 'started'
  | 'agent-turn'
  | 'first-audio'
  | 'barge-in'
  /** The caller speaks on before the answer can be heard: it was not his last word. */
  | 'caller-goes-on'
  | 'turn-over'
  | 'transfer'
  | 'farewell'
  | 'ended';

export const TRANSITIONS: Readonly<
  Record<FloorState, Readonly<Partial<Record<FloorEvent, FloorState>>>>
> = {
  waiting: { started: 'listening', ended: 'ended' },
  listening: { 'agent-turn': 'thinking', farewell: 'leaving', ended: 'ended' },
  thinking: {
    'first-audio': 'speaking',
    'barge-in': 'listening',
    'caller-goes-on': 'listening',
    'turn-over': 'listening',
    transfer: 'connecting',
    farewell: 'leaving',
    ended: 'ended',
  },
  speaking: {
    'barge-in': 'listening',
    'turn-over': 'listening',
    transfer: 'connecting',
    farewell: 'leaving',
    ended: 'ended',
  },
  connecting: { 'turn-over': 'listening', ended: 'ended' },
  leaving: { ended: 'ended' },
  ended: {},
};

/** The one place that changes the state. Throws where the table has no entry: that is a bug of ours, not weather. */
export class Floor {
  #state: FloorState = 'waiting';

  get state(): FloorState {
    return this.#state;
  }

  take(event: FloorEvent): void {
    const next = TRANSITIONS[this.#state][event];
    if (next === undefined) throw new Error(`${event} is not possible while ${this.#state}`);
    this.#state = next;
  }
}

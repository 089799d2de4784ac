/**
 * One call's conversation: hands what comes in to the side that it concerns, and watches the time. Pure; see
 * {@link CallOutput} for the contract.
 *
 * Whatever is late belongs to a number: recognition to its `sttId`, the model to its `requestId`, the voice to its
 * `contextId`, marks to their turn. What carries an old number is dropped.
 */

import { AgentSide } from './agent-side.ts';
import { CallOut } from './answering/call-out.ts';
import { createCallParts, type CallParts } from './call-parts.ts';
import { CallerSide } from './caller-side.ts';
import type { CallInput, CallOutput } from './contract.ts';
import { firstOf, type Deadline } from './deadline.ts';
import { faultOf } from './faults.ts';
import type { SessionSettings } from './settings.ts';
import type { FloorState } from './floor.ts';

type Input<Kind extends CallInput['kind']> = Extract<CallInput, { kind: Kind }>;

/** Deadlines that may fall due together; more means that one does not go away. */
const DEADLINES_AT_ONCE_MAX = 64;

/** Twilio sends `start` within milliseconds of the handshake. */
const START_MS_MAX = 10_000;

export interface SessionOptions {
  /** When the stream's socket was opened. */
  readonly openedAt: number;
  /** Number of the first turn; more than 0 when an earlier stream of the same call had turns. */
  readonly firstTurnIndex: number;
}

export class CallSession {
  readonly #openedAt: number;
  readonly #outputs: CallOutput[] = [];
  readonly #parts: CallParts;
  readonly #agent: AgentSide;
  readonly #caller: CallerSide;
  readonly #callOut: CallOut;
  #isStarted = false;

  constructor(settings: SessionSettings, { openedAt, firstTurnIndex }: SessionOptions) {
    this.#openedAt = openedAt;
    this.#parts = createCallParts(settings, (output) => void this.#outputs.push(output));
    this.#agent = new AgentSide(this.#parts, firstTurnIndex);
    this.#caller = new CallerSide(this.#parts, this.#agent);
    this.#callOut = new CallOut(this.#parts, this.#agent);
  }

  get state(): FloorState {
    return this.#agent.state;
  }

  /** Takes one input. Never answers anything itself: poll afterwards. */
  handle(input: CallInput, now: number): void {
    if (this.state === 'ended') return;
    const isEarly = input.kind === 'start' || input.kind === 'stop' || input.kind === 'clip';
    if (this.state === 'waiting' && !isEarly) return;
    this.#take(input, now);
    this.#agent.settle(now);
  }

  /** The next output, or `idle` with the time of the next poll. */
  poll(now: number): CallOutput {
    for (let i = 0; i < DEADLINES_AT_ONCE_MAX; i++) {
      const output = this.#outputs.shift();
      if (output !== undefined) return output;
      const next = firstOf(this.#deadlines(now));
      if (next === undefined || next.at > now) return { kind: 'idle', wakeAt: next?.at };
      next.run();
      this.#agent.settle(now);
    }
    throw new Error(`a deadline does not go away while ${this.state}`);
  }

  #take(input: CallInput, now: number): void {
    switch (input.kind) {
      case 'start':
        return this.#start(input, now);
      case 'stop':
        return this.#agent.end(input.reason, now);
      case 'media':
        return this.#hear(input.mulaw, now);
      case 'stt-hypothesis':
      case 'stt-phrase':
        return this.#read(input, now);
      case 'stt-error':
        return this.#caller.failRecognition(input, now);
      case 'dtmf':
        return this.#caller.press(input.digit, now);
      case 'answered-by':
        return this.#callOut.tell(input, now);
      case 'mark':
        return this.#agent.hearMark(input.name, now);
      case 'played':
        return this.#parts.outlet.played(input.samples, input.cleared);
      case 'transfer-progress':
        return this.#agent.handleTransfer(input, now);
      case 'tool-result':
        return this.#agent.takeToolResult(input, now);
      case 'clip':
        return this.#agent.putClip(input);
      case 'llm-text':
      case 'llm-tool-call':
      case 'llm-usage':
      case 'llm-done':
      case 'llm-error':
      case 'tts-audio':
      case 'tts-done':
      case 'tts-error':
        return this.#agent.handle(input, now);
    }
  }

  #start(input: Input<'start'>, now: number): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    const { hearing, journal, manners, outlet, settings } = this.#parts;
    const agent = this.#agent;
    manners.begin(now);
    this.#caller.begin(now);
    outlet.start(input.isPatchcord);
    agent.begin(now);
    // From when the caller could be heard, however long it took to find out which agent answers.
    journal.begin(input, this.#openedAt);

    const { missing } = input;
    for (const fault of [missing.stt, missing.llm, missing.tts]) {
      if (fault !== undefined) journal.callFault(fault);
    }
    if (missing.tts !== undefined) return agent.end('provider-failure', now);
    if (missing.stt !== undefined || missing.llm !== undefined) return agent.giveUp(now);
    hearing.open(now);
    const isOutbound = input.customParameters['Direction']?.startsWith('outbound') === true;
    if (isOutbound && settings.voicemail.mode !== 'ignore') this.#callOut.begin(now);
    else agent.sayOwn('greeting', agent.phrases.greeting, now);
  }

  #hear(mulaw: Uint8Array, now: number): void {
    this.#caller.hear(mulaw, now);
    this.#callOut.hear(mulaw, now);
    this.#caller.attend(now);
  }

  #read(input: Input<'stt-hypothesis' | 'stt-phrase'>, now: number): void {
    const { hearing, journal } = this.#parts;
    const heard = hearing.recognise(input, now);
    if (heard === 'nothing') return;
    if (heard === 'others-words') {
      journal.callFault(faultOf('STT_DEAF', 'another recogniser understood what one did not'));
    }
    this.#callOut.read(input, now);
    this.#caller.attend(now);
  }

  #deadlines(now: number): readonly Deadline[] {
    switch (this.state) {
      case 'ended':
        return [];
      case 'waiting': {
        const at = this.#openedAt + START_MS_MAX;
        return [{ at, run: () => this.#agent.end('protocol-error', now) }];
      }
      case 'listening':
      case 'thinking':
      case 'speaking':
      case 'connecting':
      case 'leaving':
        return [
          ...this.#callOut.deadlines(now),
          ...this.#caller.deadlines(now),
          ...this.#agent.deadlines(now),
          ...this.#endDeadlines(now),
        ];
    }
  }

  #endDeadlines(now: number): readonly Deadline[] {
    if (this.#agent.isLeaving) return [];
    const run = (): void => {
      const { timeLimit: text } = this.#agent.phrases;
      this.#agent.sayGoodbye({ text, reason: 'time-limit', kind: 'farewell' }, now);
    };
    return [{ at: this.#parts.manners.endsAt, run }];
  }
}

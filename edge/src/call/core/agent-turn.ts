/** One utterance of the agent while it is made: text, voice, what was heard, when each stage was reached. */

import type { EndReason, TtsRoute, TurnKind, TurnRecord } from './contract.ts';
import type { Fault } from './faults.ts';
import { Waterfall } from './latency.ts';
import { TurnPlayout } from './playout.ts';
import { SentenceSplitter } from './sentences.ts';

export interface AgentTurnOptions {
  readonly index: number;
  readonly kind: TurnKind;
  readonly understood?: string;
  readonly startedAt: number;
  readonly route: TtsRoute;
}

export class AgentTurn {
  readonly index: number;
  readonly kind: TurnKind;
  readonly understood: string | undefined;
  readonly startedAt: number;
  readonly waterfall = new Waterfall();
  readonly playout: TurnPlayout;
  readonly splitter = new SentenceSplitter();
  readonly errors: Fault[] = [];

  /** All text given to the voice: put together, what the agent says. */
  text = '';
  /** While the model is writing. */
  requestId: number | undefined;
  lastTokenAt: number | undefined;
  isTextComplete = false;
  /** All audio has come and has been sent. */
  isVoiced = false;
  interrupted = false;
  /** Set when the call ends once this has been heard. */
  endReason: EndReason | undefined;

  route: TtsRoute;
  contextId: string;
  /** When the voice was last given text, and when it last gave audio. */
  spokenAt = 0;
  lastAudioAt: number | undefined;
  #contextCount = 0;

  constructor(options: AgentTurnOptions) {
    this.index = options.index;
    this.kind = options.kind;
    this.understood = options.understood;
    this.startedAt = options.startedAt;
    this.route = options.route;
    this.playout = new TurnPlayout(options.index);
    this.contextId = this.#nextContextId();
  }

  /** From now on the voice is asked over `route`; what still comes from the old context is not ours any more. */
  reroute(route: TtsRoute): void {
    this.route = route;
    this.lastAudioAt = undefined;
    this.contextId = this.#nextContextId();
  }

  /** Text was given to the voice, and not all of its audio has come. */
  get isAwaitingVoice(): boolean {
    return !this.isVoiced && this.text !== '' && !this.playout.isNearlyCovered(this.text);
  }

  get heard(): string {
    return this.playout.heardOf(this.text);
  }

  toRecord(): TurnRecord {
    return {
      index: this.index,
      kind: this.kind,
      startedAt: this.startedAt,
      ...(this.understood === undefined ? {} : { understood: this.understood }),
      agent: this.text.trim(),
      heard: this.heard.trim(),
      interrupted: this.interrupted,
      waterfallMs: this.waterfall.toMs(),
      errors: [...this.errors],
    };
  }

  #nextContextId(): string {
    return `turn-${this.index}-${++this.#contextCount}`;
  }
}

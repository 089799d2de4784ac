/** Makes the agent's turns: what they share, what the model is told, the phrases in the caller's language. */

import { AgentTurn } from './agent-turn.ts';
import type { TurnKind } from '../call-record.ts';
import { Clips, type Clip } from './clips.ts';
import type { CallOutput, Message } from '../contract.ts';
import type { Fault } from '../faults.ts';
import type { Hearing } from '../hearing/hearing.ts';
import type { History } from '../thinking/history.ts';
import type { Journal } from '../records/journal.ts';
import type { Keypad } from '../hearing/keypad.ts';
import type { Language } from '../language/language.ts';
import { WRAP_UP_MS, type Manners } from '../manners.ts';
import type { Outlet } from '../playout/outlet.ts';
import { PlayoutClock } from '../playout/playout-clock.ts';
import type { Phrases, SessionSettings } from '../settings.ts';
import { Toolbox } from '../thinking/toolbox.ts';
import { GATE_INSTRUCTIONS } from '../thinking/turn-gate.ts';
import type { TurnParts } from './turn-parts.ts';
import { VoiceRoutes } from './voice-routes.ts';

const WRAP_UP = 'The call is about to end: come to a conclusion now.';

export interface UtterancesParts {
  readonly settings: SessionSettings;
  readonly firstTurnIndex: number;
  readonly emit: (output: CallOutput) => void;
  readonly outlet: Outlet;
  readonly journal: Journal;
  readonly history: History;
  readonly hearing: Hearing;
  readonly keypad: Keypad;
  readonly manners: Manners;
  /** There is no answer: says something else, or ends the call. */
  readonly onFailed: (turn: AgentTurn, fault: Fault, now: number) => void;
  /** No voice can be had. */
  readonly onMute: (turn: AgentTurn, now: number) => void;
}

export interface ReplyTo {
  readonly text: string;
  readonly speechEndAt: number;
  /** Made ahead of its time. */
  readonly isHeld: boolean;
}

export class Utterances {
  readonly #parts: UtterancesParts;
  readonly #turnParts: TurnParts;
  readonly #clips = new Clips();
  #index: number;
  #requestIds = 0;
  #names = 0;
  #openers = 0;
  constructor(parts: UtterancesParts) {
    this.#parts = parts;
    this.#index = parts.firstTurnIndex;
    this.#turnParts = this.#partsOfTurns();
  }

  /** The agent's phrases in the language that the caller is spoken to in. */
  get phrases(): Phrases {
    return this.#phrasesIn(this.#parts.hearing.language.language);
  }

  putClip(text: string, clip: Clip): void {
    this.#clips.put(text, clip);
  }

  hasClip(text: string): boolean {
    return this.#clips.find(text) !== undefined;
  }

  /** The answer of the model's to what the caller has said: it is asked. */
  reply({ text, speechEndAt, isHeld }: ReplyTo, now: number): AgentTurn {
    const { language } = this.#parts.hearing.language;
    const hasGate = isHeld && this.#parts.settings.endpointing.hasGate;
    const turn = new AgentTurn(
      this.#turnParts,
      { kind: 'reply', language, understood: text, speechEndAt, isHeld, hasGate },
      now,
    );
    turn.ask(this.#messagesFor(text, hasGate, now), now);
    return turn;
  }

  /** A turn of the agent's own accord; its words are still to be said. */
  own(kind: TurnKind, isHeld: boolean, now: number): AgentTurn {
    const { language } = this.#parts.hearing.language;
    return new AgentTurn(this.#turnParts, { kind, language, isHeld, hasGate: false }, now);
  }

  #messagesFor(text: string, hasGate: boolean, now: number): readonly Message[] {
    const { history, manners } = this.#parts;
    const notes = [
      this.#parts.settings.instructions,
      ...(hasGate ? [GATE_INSTRUCTIONS] : []),
      ...(manners.endsAt - now < WRAP_UP_MS ? [WRAP_UP] : []),
    ];
    return [{ role: 'system', content: notes.join('\n\n') }, ...history.messagesWith(text)];
  }

  #phrasesIn(language: Language): Phrases {
    const { phrases } = this.#parts.settings;
    const found = phrases[language] ?? Object.values(phrases)[0];
    if (found === undefined) throw new Error('an agent without phrases');
    return found;
  }

  #partsOfTurns(): TurnParts {
    const { settings, emit, outlet, journal, hearing, keypad, onFailed, onMute } = this.#parts;
    const clips = this.#clips;
    const openers = (language: Language): readonly string[] =>
      clips.shortestAmong(this.#phrasesIn(language).openers);
    return {
      settings,
      emit,
      outlet,
      clock: new PlayoutClock(),
      routes: new VoiceRoutes(settings.voices),
      clips,
      journal,
      toolbox: new Toolbox({
        tools: settings.tools,
        targets: settings.transferTargets,
        emit,
        note: (text) => journal.note(text),
        expectDigits: (count) => keypad.expect(count),
        switchLanguage: (language, now) => hearing.switchLanguage(language, now),
      }),
      phrases: (language) => this.#phrasesIn(language),
      openers,
      nextOpener: (language) => {
        const ready = openers(language);
        return ready[this.#openers++ % Math.max(1, ready.length)];
      },
      nextTurnName: () => `turn-${this.#names++}`,
      nextTurnIndex: () => this.#index++,
      nextRequestId: () => this.#requestIds++,
      onFailed,
      onMute,
    };
  }
}

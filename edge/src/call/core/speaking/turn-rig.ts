/** What the agent's utterances need around them, for tests: settings, a stream that counts samples, providers by hand. */

import { MULAW_SILENCE } from '@patchcord/shared/audio/g711';
import { AgentTurn, type AgentTurnOptions } from './agent-turn.ts';
import { Clips } from './clips.ts';
import type { CallOutput, Message, ToolCall } from '../contract.ts';
import { firstOf } from '../deadline.ts';
import type { Fault, FaultCode } from '../faults.ts';
import { Journal } from '../records/journal.ts';
import { Ledger } from '../records/ledger.ts';
import { Outlet } from '../playout/outlet.ts';
import { PlayoutClock } from '../playout/playout-clock.ts';
import type { Phrases, SessionSettings } from '../settings.ts';
import { PHRASES as PLAIN_PHRASES, SETTINGS } from '../settings.test-support.ts';
import { toolboxFor } from '../thinking/toolbox.test-support.ts';
import type { TurnParts } from './turn-parts.ts';
import { VoiceRoutes } from './voice-routes.ts';

export const CHAR_MS = 50;
const CHAR_BYTES = CHAR_MS * 8;
const LOUD = 0x10;

export const PHRASES: Phrases = {
  ...PLAIN_PHRASES,
  fillers: ['One moment please.', 'Just a second.'],
};

export const RIG_SETTINGS: SessionSettings = {
  ...SETTINGS,
  phrases: { en: PHRASES, zh: { ...PHRASES, goodbye: '再见。' } },
  timings: { ...SETTINGS.timings, openerAfterMs: 600, fillerAfterMs: 2500 },
  limits: { ...SETTINGS.limits, toolStepsMax: 2 },
};

const USER: Message = { role: 'user', content: 'hi' };

type OutputOf<Kind extends CallOutput['kind']> = Extract<CallOutput, { kind: Kind }>;

export class TurnRig {
  now = 0;
  readonly outputs: CallOutput[] = [];
  readonly notes: string[] = [];
  readonly failed: Fault[] = [];
  muted = 0;
  readonly clips = new Clips();
  readonly outlet: Outlet;
  readonly journal: Journal;
  readonly parts: TurnParts;
  #names = 0;
  #indexes = 0;
  #requests = 0;
  #openers = 0;

  constructor(settings: Partial<SessionSettings> = {}) {
    const all = { ...RIG_SETTINGS, ...settings };
    const emit = (output: CallOutput): void => void this.outputs.push(output);
    this.outlet = new Outlet(emit);
    this.outlet.start(true);
    this.journal = new Journal({
      emit,
      consumption: () => new Ledger().toConsumption(0),
      locale: () => 'en-US',
      answeredBy: () => undefined,
    });
    this.parts = this.#partsWith(all, emit);
  }

  turn(options: Partial<AgentTurnOptions> = {}): AgentTurn {
    return new AgentTurn(
      this.parts,
      { kind: 'reply', language: 'en', isHeld: false, hasGate: false, ...options },
      this.now,
    );
  }

  /** An utterance that has asked the model. */
  asked(options: Partial<AgentTurnOptions> = {}): AgentTurn {
    const turn = this.turn({ understood: 'hi', speechEndAt: this.now, ...options });
    turn.ask([USER], this.now);
    return turn;
  }

  clip(...texts: readonly string[]): this {
    for (const text of texts) this.clips.put(text, { mulaw: audioOf(text) });
    return this;
  }

  // The providers

  /** The model of `turn`'s latest request writes this. */
  writes(turn: AgentTurn, text: string): this {
    turn.handleLlm({ kind: 'llm-text', requestId: this.#requests - 1, text }, this.now);
    return this;
  }

  calls(turn: AgentTurn, ...names: readonly string[]): this {
    const requestId = this.#requests - 1;
    for (const [i, name] of names.entries()) {
      const call: ToolCall = { id: `${name}-${i}`, name, argumentsJson: '{}' };
      turn.handleLlm({ kind: 'llm-tool-call', requestId, call }, this.now);
    }
    return this.done(turn);
  }

  done(turn: AgentTurn): this {
    turn.handleLlm({ kind: 'llm-done', requestId: this.#requests - 1 }, this.now);
    return this;
  }

  modelFails(turn: AgentTurn, code: FaultCode): this {
    const fault = { code, message: 'scripted' };
    turn.handleLlm({ kind: 'llm-error', requestId: this.#requests - 1, fault }, this.now);
    return this;
  }

  /** The voice says all it was given and has not said. */
  voices(turn: AgentTurn): this {
    const given = this.outputs.filter((each) => each.kind === 'tts-speak');
    for (const { contextId, text } of given.slice(this.#voiced)) {
      const chars = Array.from(text);
      const alignment = {
        chars,
        startsMs: chars.map((_, i) => i * CHAR_MS),
        durationsMs: chars.map(() => CHAR_MS),
      };
      const mulaw = audioOf(text);
      turn.handleTts({ kind: 'tts-audio', contextId, mulaw, alignment }, this.now);
    }
    this.#voiced = given.length;
    return this;
  }

  #voiced = 0;

  // The peer

  /** So many milliseconds of all that was sent have been played; all of it where nothing is said. */
  plays(turn: AgentTurn, ms = Infinity): this {
    const sent = this.sent('send-media').reduce((sum, { mulaw }) => sum + mulaw.length, 0);
    this.outlet.played(Math.min(sent, ms * 8), undefined);
    if (ms === Infinity)
      for (const { name } of this.sent('send-mark')) turn.hearMark(name, this.now);
    return this;
  }

  /** Time goes by until `at`, with all that falls due. */
  run(turn: AgentTurn, ms: number): this {
    const until = this.now + ms;
    for (let i = 0; i < 100; i++) {
      const next = firstOf(turn.deadlines(this.now));
      if (next === undefined || next.at > until) break;
      this.now = Math.max(this.now, next.at);
      // Deadlines are made for the instant at which they are run.
      firstOf(turn.deadlines(this.now))?.run();
    }
    this.now = until;
    return this;
  }

  sent<Kind extends CallOutput['kind']>(kind: Kind): readonly OutputOf<Kind>[] {
    return this.outputs.filter((each): each is OutputOf<Kind> => each.kind === kind);
  }

  get spoken(): readonly string[] {
    return this.sent('tts-speak').map(({ text }) => text);
  }

  #partsWith(settings: SessionSettings, emit: (output: CallOutput) => void): TurnParts {
    const { clips, outlet, journal } = this;
    const phrases = (language: string): Phrases => settings.phrases[language] ?? PHRASES;
    const openers = (language: string): readonly string[] =>
      clips.shortestAmong(phrases(language).openers);
    return {
      settings,
      emit,
      outlet,
      clock: new PlayoutClock(),
      routes: new VoiceRoutes(settings.voices),
      clips,
      journal,
      toolbox: toolboxFor(emit, settings, (text) => void this.notes.push(text)),
      phrases,
      openers,
      nextOpener: (language) => openers(language)[this.#openers++ % openers(language).length],
      nextTurnName: () => `turn-${this.#names++}`,
      nextTurnIndex: () => this.#indexes++,
      nextRequestId: () => this.#requests++,
      onFailed: (_, fault) => void this.failed.push(fault),
      onMute: () => void this.muted++,
    };
  }
}

/** Fifty milliseconds for each character, loud but for white space. */
function audioOf(text: string): Uint8Array {
  const chars = Array.from(text);
  const mulaw = new Uint8Array(chars.length * CHAR_BYTES).fill(MULAW_SILENCE);
  chars.forEach((char, i) => {
    if (char.trim() !== '') mulaw.fill(LOUD, i * CHAR_BYTES, (i + 1) * CHAR_BYTES);
  });
  return mulaw;
}

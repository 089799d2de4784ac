/**
 * Listens to who has answered a call of ours, beside the conversation: by words that only machines say (three languages),
 * by the length of the first speech, by beeps, and by what machine detection elsewhere says ({@link ANSWER_TRANSITIONS}).
 */

import { BeepDetector } from '@patchcord/shared/audio/tones/beep';
import {
  ANSWER_TRANSITIONS,
  type AnswerAction,
  type AnswerEvent,
  type AnswerState,
} from './answer.ts';
import type { AnsweredBy } from '../call-record.ts';
import type { Deadline } from '../deadline.ts';
import { machineKindOf } from '../language/machine-phrases.ts';
import { joinTexts } from '../language/scripts.ts';

/** Whoever says nothing is spoken to after this; most people say "hello" sooner. */
const PATIENCE_MS = 500;
/** Behind the last sound of a "hello?", until it is answered. */
const PAUSE_MS = 400;
/** Without a pause like that, nobody says "hello" for so long. */
const LONG_SPEECH_MS = 6000;
/** Mailboxes pause between two parts of what they say, too. */
const ANNOUNCEMENT_END_MS = 2000;
/** A machine that has not shown itself by then talks with the agent as a person would. */
const WATCH_MS_MAX = 30_000;
/** No announcement is as long; music may be. */
const ANNOUNCEMENT_MS_MAX = 60_000;
const TEXT_CHARS_MAX = 2000;

/** What the hearing says of the line at this moment. */
export interface LineSound {
  readonly isSpeaking: boolean;
  /** When the last sound of speech arrived, or that there was none. */
  readonly speechEndAt: number | undefined;
  /** Of the run of speech that goes on. */
  readonly speechMs: number;
}

export class AnswerWatch {
  readonly #beeps = new BeepDetector();
  #state: AnswerState = 'person';
  #since = 0;
  #speechEndAt: number | undefined;
  #isSpeaking = false;
  #isOn = false;
  #isHeardOut = false;
  #final = '';
  #supposed = '';

  /** A call of ours was answered. Without a greeting the agent waits for the other side anyway. */
  begin(hasGreeting: boolean, now: number): void {
    this.#isOn = true;
    this.#state = hasGreeting ? 'silent' : 'greeted';
    this.#since = now;
  }

  get state(): AnswerState {
    return this.#state;
  }

  /** The other side's words are no turn to be answered: not yet, or not at all. */
  get isListening(): boolean {
    return this.#state === 'silent' || this.#state === 'speaking' || this.#state === 'announcement';
  }

  /** All that was understood while it was watched. */
  get text(): string {
    return joinTexts(this.#final, this.#supposed);
  }

  /** Audio of the other side, and what our own ears make of it. */
  hear(mulaw: Uint8Array, sound: LineSound, now: number): AnswerAction | undefined {
    if (this.isDone) return undefined;
    const hasBeeped = this.#beeps.push(mulaw, this.#speechEndAt !== undefined);
    this.#isSpeaking = sound.isSpeaking;
    this.#speechEndAt = sound.speechEndAt;
    const isLong = this.#state === 'speaking' && sound.speechMs >= LONG_SPEECH_MS;
    const events: readonly AnswerEvent[] = [
      ...(hasBeeped ? (['beep'] as const) : []),
      ...(sound.speechEndAt === undefined ? [] : (['speech'] as const)),
      ...(isLong ? (['machine'] as const) : []),
    ];
    return this.#takeAll(events, now);
  }

  /** Words of the other side, as recognition has them. */
  read(text: string, isFinal: boolean, now: number): AnswerAction | undefined {
    if (this.isDone) return undefined;
    this.#supposed = isFinal ? '' : text;
    if (isFinal) this.#final = joinTexts(this.#final, text).slice(-TEXT_CHARS_MAX);
    switch (machineKindOf(this.text)) {
      case 'voicemail':
        return this.#take('machine', now);
      case 'unavailable':
        return this.#take('nobody', now);
      // A menu, or somebody's secretary of software: what they ask can be answered.
      case 'ivr':
      case 'screening':
      case undefined:
        return undefined;
    }
  }

  /** What machine detection elsewhere has found: Twilio's `AnsweredBy`. */
  tell(answeredBy: string, now: number): AnswerAction | undefined {
    const event = EVENT_OF_VERDICT[answeredBy];
    return event === undefined ? undefined : this.#take(event, now);
  }

  /** The other side has let the agent finish. */
  noteHeardOut(): void {
    this.#isHeardOut = true;
  }

  /** A turn of the other side's is answered. A machine would have talked on, over the greeting. */
  meet(now: number): void {
    if (this.#isHeardOut) this.#take('met', now);
  }

  /** For the record; undefined where nobody was called, or nothing is known yet. */
  get answeredBy(): AnsweredBy | undefined {
    return this.#isOn ? ANSWERED_BY[this.#state] : undefined;
  }

  /** `onAction` is called with what is to be done when the time has come. */
  deadlines(onAction: (action: AnswerAction) => void, now: number): readonly Deadline[] {
    const due = (event: AnswerEvent, at: number): Deadline => ({
      at,
      run: () => {
        const action = this.#take(event, now);
        if (action !== undefined) onAction(action);
      },
    });
    const quietAt = this.#isSpeaking ? Infinity : Math.max(this.#speechEndAt ?? 0, this.#since);
    switch (this.#state) {
      case 'silent':
        return [due('patience', this.#since + PATIENCE_MS)];
      case 'speaking':
        return this.#isSpeaking ? [] : [due('pause', quietAt + PAUSE_MS)];
      case 'greeted':
        return [due('timeout', this.#since + WATCH_MS_MAX)];
      case 'announcement':
        return [
          due('end', quietAt + ANNOUNCEMENT_END_MS),
          due('timeout', this.#since + ANNOUNCEMENT_MS_MAX),
        ];
      case 'messaging':
      case 'messaged':
      case 'person':
      case 'nobody':
        return [];
    }
  }

  /** There is nothing to be found out any more, or there never was: most calls, most of the time. */
  get isDone(): boolean {
    return this.#state === 'person' || this.#state === 'nobody' || this.#state === 'messaged';
  }

  /** The first event that leads to something to be done ends it: the rest belongs to a state that is gone. */
  #takeAll(events: readonly AnswerEvent[], now: number): AnswerAction | undefined {
    for (const event of events) {
      const action = this.#take(event, now);
      if (action !== undefined) return action;
    }
    return undefined;
  }

  #take(event: AnswerEvent, now: number): AnswerAction | undefined {
    const step = ANSWER_TRANSITIONS[this.#state][event];
    if (step === undefined) return undefined;
    // Silence before is not the end of the announcement.
    if (step.next === 'announcement') this.#since = now;
    this.#state = step.next;
    return step.action;
  }
}

const ANSWERED_BY: Readonly<Record<AnswerState, AnsweredBy | undefined>> = {
  silent: undefined,
  speaking: undefined,
  greeted: undefined,
  announcement: 'machine',
  messaging: 'machine',
  messaged: 'machine',
  person: 'person',
  nobody: 'nobody',
};

const EVENT_OF_VERDICT: Readonly<Record<string, AnswerEvent>> = {
  human: 'human',
  machine_start: 'machine',
  machine_end_beep: 'machine-ready',
  machine_end_silence: 'machine-ready',
  machine_end_other: 'machine-ready',
  fax: 'nobody',
};

/** The course of one call as far as the caller decides it: drawn before the call, so that every engine gets the same. */

import { Draws } from './draws.ts';
import { ENGLISH } from './scripts/en.ts';
import { MIXED_TURNS } from './scripts/mixed.ts';
import { MALAY } from './scripts/ms.ts';
import type { Script, ScriptTurn } from './scripts/script.ts';
import { MANDARIN } from './scripts/zh.ts';
import { speakText, type SpokenText } from './spoken-text.ts';

export const LANGUAGES = ['en', 'ms', 'zh'] as const;
export type Language = (typeof LANGUAGES)[number];

export const SCRIPTS: Readonly<Record<Language, Script>> = {
  en: ENGLISH,
  ms: MALAY,
  zh: MANDARIN,
};

export type NoiseKind = 'cough' | 'door' | 'keyboard';

/** What the caller does while the agent answers a turn of his. */
export type Aside =
  | { readonly kind: 'backchannel'; readonly afterMs: number; readonly said: SpokenText }
  | {
      readonly kind: 'noise';
      readonly afterMs: number;
      readonly noise: NoiseKind;
      readonly lengthMs: number;
    };

export interface PlannedTurn {
  readonly script: ScriptTurn;
  readonly said: SpokenText;
  /** The same without pauses, where he has to say it again. */
  readonly again: SpokenText;
  /** After the agent's last sound. */
  readonly reactionMs: number;
  /** He does not wait for the end of the agent's answer to the turn before, but cuts in so long after its first sound. */
  readonly interruptsAfterMs: number | undefined;
  readonly stopsWhenTalkedOver: boolean;
  /** During the answer to this turn. */
  readonly aside: Aside | undefined;
  /** He presses these keys in place of saying it. */
  readonly keys?: string;
}

/** The caller is gone before his time. */
export interface EarlyEnd {
  readonly turnIndex: number;
  /** So long after he began to say it, or after the first sound of its answer. */
  readonly during: 'words' | 'answer';
  readonly afterMs: number;
}

/** Somebody else speaks. */
export interface Visit {
  /** Of the call, at the earliest. */
  readonly atMs: number;
  readonly said: SpokenText;
  readonly isUnderstood: boolean;
}

export interface Surroundings {
  /** Of the caller's speech while he speaks. */
  readonly speechDbov: number;
  readonly floorDbov: number;
  /** Which of the synthetic voices. */
  readonly voice: number;
  readonly background: 'none' | 'music' | 'television';
  readonly backgroundDbov: number;
  /** By somebody else in the room. */
  readonly bystander: readonly Visit[];
  /** The line gives the agent's voice back to him. */
  readonly hasEcho: boolean;
  /** Part of the agent's utterances of which recognition understands a few words in the echo. */
  readonly echoWordsProbability: number;
}

export interface CallPlan {
  readonly seed: number;
  readonly language: Language;
  readonly script: Script;
  readonly turns: readonly PlannedTurn[];
  readonly hello: SpokenText;
  readonly surroundings: Surroundings;
  readonly earlyEnd?: EarlyEnd;
}

/** Assumed shares of answers with something in them; tau-voice measures engines on the same three kinds. */
const INTERRUPTION_PROBABILITY = 0.18;
const BACKCHANNEL_PROBABILITY = 0.22;
const NOISE_PROBABILITY = 0.2;
const MIXED_PROBABILITY = 0.5;
const VOICES = 6;

/** Calls of one seed have the same course in each language: topic, pauses, interruptions, noises. */
export function planCall(seed: number, language: Language): CallPlan {
  const script = SCRIPTS[language];
  const course = Draws.of(seed, 'course');
  const speech = Draws.of(seed, 'speech');
  const pace = Draws.of(seed, 'pace').uniform(0.9, 1.15);
  const speak = (text: string, hasPauses = true): SpokenText =>
    speakText(text, speech, { digits: script.digits, pace, hasPauses });

  const turns = chooseTurns(script, course).map((turn, i): PlannedTurn => {
    const reactionMs = course.uniform(250, 900);
    const isInterrupting = course.chance(INTERRUPTION_PROBABILITY);
    const interruptsAfterMs = course.uniform(500, 2500);
    const stopsWhenTalkedOver = course.chance(0.5);
    const aside = drawAside(course, (said) => speak(said, false), script);
    return {
      script: turn,
      said: speak(turn.caller),
      again: speak(turn.caller, false),
      reactionMs,
      interruptsAfterMs:
        isInterrupting && i > 0 && turn.isLast !== true ? interruptsAfterMs : undefined,
      stopsWhenTalkedOver,
      aside,
    };
  });
  return {
    seed,
    language,
    script,
    // One thing at a time: an answer that is cut short gets no back-channel.
    turns: turns.map((turn, i) =>
      turns[i + 1]?.interruptsAfterMs === undefined ? turn : { ...turn, aside: undefined },
    ),
    hello: speak(script.hello, false),
    surroundings: drawSurroundings(Draws.of(seed, 'surroundings'), script, (said) =>
      speak(said, false),
    ),
  };
}

/** Five to eight turns: the opening of a topic, some of its others, a closing. */
function chooseTurns(script: Script, course: Draws): ScriptTurn[] {
  const topic = course.pick(script.topics);
  const [opening, ...others] = topic.turns;
  if (opening === undefined) throw new Error(`topic ${topic.name} is empty`);
  const chosen = [...others];
  const wanted = 3 + Math.floor(course.uniform(0, 4));
  while (chosen.length > wanted) chosen.splice(Math.floor(course.uniform(0, chosen.length)), 1);
  const isMixed = course.chance(MIXED_PROBABILITY);
  const mixedAt = Math.floor(course.uniform(0, chosen.length));
  const mixed = course.pick(MIXED_TURNS);
  if (isMixed && script.language !== 'zh') chosen[mixedAt] = mixed;
  return [opening, ...chosen, course.pick(script.closings)];
}

function drawAside(
  course: Draws,
  speak: (text: string) => SpokenText,
  script: Script,
): Aside | undefined {
  const which = course.uniform(0, 1);
  const afterMs = course.uniform(600, 2200);
  const backchannel = course.pick(script.backchannels);
  const noise = course.pick<NoiseKind>(['cough', 'cough', 'door', 'keyboard']);
  const part = course.uniform(0, 1);
  const lengthMs = NOISE_MS[noise][0] + part * (NOISE_MS[noise][1] - NOISE_MS[noise][0]);
  if (which < BACKCHANNEL_PROBABILITY)
    return { kind: 'backchannel', afterMs, said: speak(backchannel) };
  if (which < BACKCHANNEL_PROBABILITY + NOISE_PROBABILITY) {
    return { kind: 'noise', afterMs, noise, lengthMs };
  }
  return undefined;
}

const NOISE_MS: Readonly<Record<NoiseKind, readonly [number, number]>> = {
  cough: [200, 450],
  door: [60, 180],
  keyboard: [800, 2000],
};

function drawSurroundings(
  draws: Draws,
  script: Script,
  speak: (text: string) => SpokenText,
): Surroundings {
  const speechDbov = draws.uniform(-25, -19);
  const background = draws.uniform(0, 1);
  const hasBystander = draws.chance(0.08);
  const visits = [1, 2].map(() => ({
    atMs: draws.uniform(8000, 40_000),
    said: speak(draws.pick(script.bystander)),
    isUnderstood: draws.chance(0.3),
  }));
  return {
    speechDbov,
    floorDbov: draws.uniform(-63, -57),
    voice: Math.floor(draws.uniform(0, VOICES)),
    background: background < 0.06 ? 'music' : background < 0.12 ? 'television' : 'none',
    backgroundDbov: draws.uniform(-46, -40),
    bystander: hasBystander ? visits : [],
    hasEcho: draws.chance(0.12),
    echoWordsProbability: 0.12,
  };
}

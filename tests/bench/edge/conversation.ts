/** One caller of the bench: what he says, and whether each answer was the one that belongs to it. */

import { setTimeout as delay } from 'node:timers/promises';
import type { TwilioCall } from '../../edge/twilio-call.ts';
import { joinWords, type HeardWord } from '../../speech/decode.ts';
import { receptionist } from '../../standins/brain.ts';

/** A caller's turn and what came of it. */
export interface TurnOutcome {
  readonly said: string;
  /** Caller's last sound to the first audio of the agent's turn at his socket; undefined when none came. */
  readonly responseMs: number | undefined;
  /** Caller's last sound to the first word of the answer itself at his ear; undefined when it was not heard. */
  readonly answerMs: number | undefined;
  /** Why the turn is lost; undefined for one that was answered word by word. */
  readonly lost?: string;
}

export interface CallOutcome {
  readonly seconds: number;
  /** Begin of the stream to the first audio of the greeting. */
  readonly greetingMs: number | undefined;
  readonly turns: readonly TurnOutcome[];
  /** What should not have been: a stream that ended early, a message that breaks a rule. */
  readonly problems: readonly string[];
}

export const GREETING = 'Hello!';

/** Longer than the edge's own attempts at model and voice together. */
const ANSWER_MS_MAX = 15_000;
/** The instants come from the audio, so it is enough to look now and then. */
const LOOK_MS = 60;
/** A breath before a caller goes on, a little different each time. */
const BREATH_MS = 250;

const NAMES = ['Ann', 'Bob', 'Ray', 'Eve', 'Ian', 'Jim', 'Kim', 'Leo', 'Max', 'Tom'] as const;

/** What caller `caller` says in turn `turn`: no other caller of a hundred says the same. */
export function textOf(caller: number, turn: number): string {
  const first = NAMES[caller % NAMES.length] ?? '';
  const second = NAMES[Math.floor(caller / NAMES.length) % NAMES.length] ?? '';
  const shapes = [
    `Is ${first} with ${second}?`,
    `A table for ${first} ${second}.`,
    `Call ${first} and ${second} now.`,
    `Thank you, ${first} ${second}.`,
  ];
  return shapes[turn % shapes.length] ?? '';
}

/** What the stand-in of the model answers to that. */
export function answerTo(text: string): string {
  return receptionist([{ role: 'user', content: text }], []).content;
}

/** Where in `words` the answer begins, when they end with it. */
export function answerStart(words: readonly HeardWord[], answer: string): HeardWord | undefined {
  const count = answer.split(' ').length;
  for (let from = Math.max(0, words.length - count); from >= 0; from--) {
    const text = joinWords(words.slice(from));
    if (text === answer) return words[from];
    if (text.length > answer.length) return undefined;
  }
  return undefined;
}

/** Holds the whole conversation and hangs up. Never throws. */
export async function converse(
  call: TwilioCall,
  caller: number,
  turns: number,
): Promise<CallOutcome> {
  const startedAt = performance.now();
  const outcomes: TurnOutcome[] = [];
  const isGreeted = await waitFor(() => call.heard === GREETING && !call.isPlaying);
  const problems = isGreeted ? [] : [`no greeting, but ${JSON.stringify(call.heard)}`];
  const [greetedAt] = call.mediaAt;
  for (let turn = 0; turn < turns; turn++) {
    await delay(BREATH_MS + ((caller * 7 + turn * 13) % 10) * 20);
    outcomes.push(await takeTurn(call, textOf(caller, turn)));
  }
  const { closed, failures } = call;
  if (closed !== undefined) problems.push(`ended early: ${closed.code} ${closed.reason}`);
  call.hangUp();
  return {
    seconds: (performance.now() - startedAt) / 1000,
    greetingMs: greetedAt === undefined ? undefined : greetedAt - startedAt,
    turns: outcomes,
    problems: [...problems, ...failures],
  };
}

async function takeTurn(call: TwilioCall, said: string): Promise<TurnOutcome> {
  const expected = answerTo(said);
  const wordsBefore = call.words.length;
  const mediaBefore = call.mediaAt.length;
  call.say(said);
  let start: HeardWord | undefined;
  const isAnswered = await waitFor(() => {
    start = answerStart(call.words.slice(wordsBefore), expected);
    return (start !== undefined && !call.isPlaying) || call.closed !== undefined;
  });
  const firstAt = call.mediaAt[mediaBefore];
  const heard = joinWords(call.words.slice(wordsBefore));
  const isLost = !isAnswered || start === undefined;
  return {
    said,
    responseMs: firstAt === undefined ? undefined : firstAt - call.lastSoundAt,
    answerMs: start === undefined ? undefined : call.playedAt(start.startSample) - call.lastSoundAt,
    ...(isLost ? { lost: `heard ${JSON.stringify(heard)}` } : {}),
  };
}

/** Whether it became true in time. */
async function waitFor(isDone: () => boolean): Promise<boolean> {
  const deadline = performance.now() + ANSWER_MS_MAX;
  while (!isDone()) {
    if (performance.now() > deadline) return false;
    await delay(LOOK_MS);
  }
  return true;
}

/** The moments of a call in which a fault strikes. */

import type { Message } from '@patchcord/edge/src/call/core/contract.ts';
import type { SessionSettings } from '@patchcord/edge/src/call/core/settings.ts';
import type { FloorState } from '@patchcord/edge/src/call/core/floor.ts';
import { PHRASES } from '@patchcord/edge/src/call/core/settings.test-support.ts';
import type { Conversation } from '../conversation.ts';
import type { Answer, Brain } from '../world/scripted-model.ts';
import type { Stage } from './faults.ts';

export interface Phase {
  readonly name: string;
  readonly title: string;
  /** Stages that are not at work then, and why. */
  readonly impossible: Partial<Record<Stage, string>>;
  /** States in which the fault strikes. */
  readonly states: readonly FloorState[];
  readonly isPatchcord: boolean;
  readonly pace?: Pick<Answer, 'firstTokenMs' | 'tokenMs'>;
  /** The call ends here also where nothing is wrong. */
  readonly isLast?: boolean;
  adapt?(settings: SessionSettings): SessionSettings;
  reach(call: Conversation, stage: Stage): void;
  goOn?(call: Conversation): void;
}

const ANSWER =
  'We are open from nine to six on weekdays, from ten to four on Saturdays, and closed on Sundays.';

/** What the model says to what was said last. */
const REPLIES: readonly (readonly [string, Answer])[] = [
  ['when do you open', { text: ANSWER }],
  ['is there parking', { text: 'There is parking behind the house.' }],
  ['tell me the prices', { text: 'A haircut is thirty, a shave is twenty.' }],
  ['look it up please', { calls: [{ id: 'tool-1', name: 'look_up', argumentsJson: '{}' }] }],
  [
    'that is all',
    {
      text: 'Thank you for calling us today, it was a pleasure to talk to you, and goodbye.',
      endCall: true,
    },
  ],
  [
    'a person please',
    {
      text: 'I will connect you.',
      calls: [{ id: 'transfer-1', name: 'transfer', argumentsJson: '{"target":"front desk"}' }],
    },
  ],
  ['[the transfer failed', { text: 'Nobody is there, can I help you?' }],
];

export const NEXT_QUESTION = 'is there parking';
export const NEXT_ANSWER = 'There is parking behind the house.';

function replyTo(said: string): Answer {
  let reply: Answer = { text: 'Yes.' };
  let latest = -1;
  for (const [key, answer] of REPLIES) {
    const at = said.lastIndexOf(key);
    if (at > latest) [latest, reply] = [at, answer];
  }
  return reply;
}

/** Answers by what was said last, and goes on with what broke off. */
export function brainOf(pace: Phase['pace'] = {}): Brain {
  return (messages: readonly Message[]): Answer => {
    const paced = { firstTokenMs: 250, ...pace };
    const last = messages.at(-1);
    if (last?.role === 'tool') return { text: 'It is free at nine.', ...paced };
    const said = messages.findLast(({ role }) => role === 'user')?.content ?? '';
    const answer = replyTo(said);
    if (last?.role !== 'system') return { ...answer, ...paced };
    const broken = messages.at(-2)?.content ?? '';
    const text = answer.text ?? '';
    return { ...answer, text: text.slice(broken.length).trimStart(), ...paced };
  };
}

const QUESTION = 'when do you open';
/** So many characters of an answer have been heard. */
const AUDIBLE_CHARS = 12;

function greeted(call: Conversation): Conversation {
  call.start();
  if (call.session.state !== 'listening') call.runUntilListening();
  return call.run(400);
}

function untilSpoken(call: Conversation, act: () => void): void {
  const from = call.outputs.length;
  act();
  call.runUntil(() => call.outputs.slice(from).includes('tts-speak'));
}

function untilAsked(call: Conversation, act: () => void): void {
  const from = call.requests.length;
  act();
  call.runUntil(() => call.requests.length > from);
}

/** The caller hears the answer. */
function untilAnswered(call: Conversation): void {
  call.say(QUESTION);
  const answer = ANSWER.slice(0, AUDIBLE_CHARS);
  call.runUntil(() => call.heard.includes(answer));
}

/** A sound of the caller's has stopped the agent. */
function untilStopped(call: Conversation, isStopped: () => boolean): void {
  untilAnswered(greeted(call));
  call.noise(400);
  call.runUntil(isStopped);
}

const NOT_ASKED = 'the model is not asked';
const NOT_CALLED = 'no tool is called';
const NOT_SPEAKING = 'nothing is voiced';

export const PHASES: readonly Phase[] = [
  {
    name: 'greeting',
    title: 'as the call begins',
    impossible: { llm: NOT_ASKED, tool: NOT_CALLED },
    states: ['waiting'],
    isPatchcord: false,
    reach: () => undefined,
    goOn(call) {
      call.start();
    },
  },
  {
    name: 'mid-greeting',
    title: 'during the greeting',
    impossible: { llm: NOT_ASKED, tool: NOT_CALLED },
    states: ['speaking'],
    isPatchcord: false,
    reach(call) {
      call.start().runUntil(() => call.heard.startsWith(PHRASES.greeting.slice(0, 8)));
    },
  },
  {
    name: 'listening',
    title: 'before the caller speaks',
    impossible: { llm: NOT_ASKED, tool: NOT_CALLED },
    states: ['listening'],
    isPatchcord: false,
    reach: (call) => void greeted(call),
    goOn(call) {
      call.say(QUESTION, 100);
      call.run(200);
    },
  },
  {
    name: 'mid-speech',
    title: 'while he speaks',
    impossible: { llm: NOT_ASKED, tts: NOT_SPEAKING, tool: NOT_CALLED },
    states: ['listening'],
    isPatchcord: false,
    reach(call) {
      greeted(call).say(QUESTION);
      call.run(600);
    },
  },
  {
    name: 'draft',
    title: 'while an answer is held ready',
    impossible: { tool: 'no tool is called before the caller has finished' },
    states: ['listening'],
    isPatchcord: false,
    pace: { firstTokenMs: 150, tokenMs: 5 },
    reach(call, stage) {
      greeted(call);
      const until = stage === 'tts' ? untilSpoken : untilAsked;
      until(call, () => call.say(QUESTION));
    },
  },
  {
    name: 'thinking',
    title: 'before the first word of the answer',
    impossible: { tool: NOT_CALLED },
    // An opener may be on its way.
    states: ['thinking', 'speaking'],
    isPatchcord: false,
    pace: { firstTokenMs: 700 },
    reach(call, stage) {
      greeted(call);
      if (stage === 'tts') return untilSpoken(call, () => call.say(QUESTION));
      call.say(QUESTION);
      call.runUntil(() => call.session.state === 'thinking');
    },
  },
  {
    name: 'speaking',
    title: 'in the middle of the answer',
    impossible: { tool: NOT_CALLED },
    states: ['speaking'],
    isPatchcord: false,
    pace: { tokenMs: 120 },
    reach(call) {
      untilAnswered(greeted(call));
    },
  },
  {
    name: 'pause',
    title: 'while the agent holds its breath',
    impossible: { tool: NOT_CALLED },
    states: ['speaking'],
    isPatchcord: true,
    pace: { tokenMs: 120 },
    reach: (call) => untilStopped(call, () => call.pauses > 0),
  },
  {
    name: 'pause-twilio',
    title: 'the same on Twilio',
    impossible: { tool: NOT_CALLED },
    states: ['speaking'],
    isPatchcord: false,
    pace: { tokenMs: 120 },
    reach: (call) => untilStopped(call, () => call.clears > 0),
  },
  {
    name: 'barge-in',
    title: 'as the caller interrupts',
    impossible: { tool: NOT_CALLED },
    states: ['speaking', 'listening'],
    isPatchcord: true,
    pace: { tokenMs: 120 },
    reach(call, stage) {
      untilAnswered(greeted(call));
      call.say('no no please tell me the prices');
      if (stage === 'stt') call.runUntil(() => call.pauses > 0);
      else call.runUntil(() => call.session.state === 'listening');
    },
  },
  {
    name: 'tool',
    title: 'during a call of a tool',
    impossible: {},
    states: ['thinking', 'speaking', 'listening'],
    isPatchcord: false,
    reach(call, stage) {
      greeted(call).say('look it up please');
      if (stage === 'tool') call.run(600);
      else call.runUntil(() => call.toolCalls.length > 0);
    },
  },
  {
    name: 'farewell',
    title: "in the agent's goodbye",
    impossible: { tool: NOT_CALLED },
    states: ['speaking', 'leaving'],
    isPatchcord: false,
    isLast: true,
    pace: { tokenMs: 120 },
    reach(call) {
      greeted(call).say('that is all');
      call.runUntil(() => call.heard.includes('Thank you'));
    },
  },
  {
    name: 'time-limit',
    title: 'in the last words of a call that is too long',
    impossible: { llm: NOT_ASKED, tool: NOT_CALLED },
    states: ['leaving'],
    isPatchcord: false,
    isLast: true,
    adapt: (settings) => ({ ...settings, timings: { ...settings.timings, callMsMax: 6000 } }),
    reach(call) {
      greeted(call).runUntil(() => call.session.state === 'leaving');
    },
  },
  {
    name: 'transfer',
    title: 'while the caller is being connected, which fails',
    impossible: { tool: NOT_CALLED },
    states: ['connecting'],
    isPatchcord: true,
    reach(call) {
      greeted(call).say('a person please');
      call.runUntil(() => call.session.state === 'connecting');
    },
  },
];

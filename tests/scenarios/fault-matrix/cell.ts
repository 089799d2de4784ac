/** One call in which one fault strikes at one moment, and what the caller hears of it. */

import type { FaultCode } from '@patchcord/edge/src/call/core/faults.ts';
import { PHRASES } from '@patchcord/edge/src/call/core/settings.test-support.ts';
import { Audit } from '../audit.ts';
import { Conversation, type HeardFrame } from '../conversation.ts';
import { voiceOf } from '../world/scripted-voice.ts';
import type { Trouble } from '../world/trouble.ts';
import {
  isRefusal,
  shapeOf,
  toolManners,
  type FaultName,
  type Provider,
  type Stage,
} from './faults.ts';
import { brainOf, NEXT_ANSWER, NEXT_QUESTION, type Phase } from './phases.ts';
import { PRIMARY_MODEL, type Setup } from './setups.ts';

/** Once; the first of several for good; all of them for good. */
export type Extent = 'once' | 'first' | 'all';

export interface Play {
  readonly stage: Stage;
  readonly fault: FaultName;
  readonly phase: Phase;
  readonly setup: Setup;
  readonly extent: Extent;
}

export interface Outcome {
  /** The longest time in which the caller waited for the agent and heard nothing, from the fault on. */
  readonly silenceMs: number;
  /** What he heard from then until he had the floor again, or the call was over. */
  readonly heard: readonly string[];
  /** As they are recorded with the call and its turns, and as they are logged. */
  readonly codes: readonly FaultCode[];
  readonly logged: readonly string[];
  /** Something of the provider's was at work, or has been since. */
  readonly isMet: boolean;
  /** The agent speaks of its own accord, or the call is over, once the caller has asked something else. */
  readonly isNextAnswered: boolean;
  readonly endReason: string | undefined;
  readonly status: string | undefined;
  /** What nobody has closed, and what came after the end. */
  readonly left: readonly string[];
}

const FRAME_MS = 20;
const WAIT_MS_MAX = 30_000;
const TURNS_MAX = 6;

export function play({ stage, fault, phase, setup, extent }: Play): Outcome {
  const settings = phase.adapt?.(setup.settings) ?? setup.settings;
  const call = new Conversation(brainOf(phase.pace), settings, phase.isPatchcord);
  call.voice = { firstAudioMs: 200, chunkChars: 8 };
  const tool = { toolMs: 1500 as number | undefined, toolResult: 'free at nine' };
  const audit = new Audit(call, { ...tool, transfer: 'failed', ...toolOf(stage, fault) });
  if (setup.hasClips) for (const text of Object.values(PHRASES).flat()) giveClip(call, text);

  phase.reach(call, stage);
  const { state } = call.session;
  if (!phase.states.includes(state)) throw new Error(`${phase.name}: struck while ${state}`);
  const before = call.heard.length;
  const from = call.frames.length;
  const isMet = stage === 'tool' ? () => true : strike(call, stage, fault, extent);
  phase.goOn?.(call);
  settle(call);
  const heard = soundsIn(call.heard.slice(before));
  if (call.closed !== undefined) heard.push('next verb');
  const silenceMs = longestSilenceMs(call.frames, from);

  const isNextAnswered = askAgain(call, extent === 'all' ? TURNS_MAX : 2);
  if (call.closed === undefined) call.hangUp();
  call.run(5000);
  const late = call.session.poll(call.now);
  return {
    silenceMs: Math.max(silenceMs, longestSilenceMs(call.frames, from)),
    heard,
    codes: codesOf(call),
    logged: call.codes(),
    isMet: isMet(),
    isNextAnswered,
    endReason: call.call?.endReason,
    status: call.call?.status,
    left: [
      ...audit.open,
      ...audit.late,
      ...(late.kind === 'idle' && late.wakeAt === undefined ? [] : [late.kind]),
      ...(call.closed === undefined ? ['socket'] : []),
      ...(call.call?.endedAt === undefined ? ['record'] : []),
    ],
  };
}

function toolOf(
  stage: Stage,
  fault: FaultName,
): { toolMs?: number | undefined; toolResult?: string } {
  if (stage !== 'tool') return {};
  const { ms, result } = toolManners(fault);
  return { toolMs: ms, toolResult: result };
}

/** Answers whether the fault has been met by now. */
function strike(
  call: Conversation,
  provider: Provider,
  fault: FaultName,
  extent: Extent,
): () => boolean {
  const shape = shapeOf(fault, provider);
  let isMet = false;
  let left = extent === 'once' ? 1 : Infinity;
  const meet = (isFirst: boolean): Trouble | undefined => {
    const isHit = left > 0 && (extent !== 'first' || isFirst);
    if (isHit) left--;
    isMet ||= isHit;
    return isHit ? shape.fresh : undefined;
  };
  call.weather = {
    [provider]: (which: string | number | { readonly voice: number }) =>
      meet(
        which === PRIMARY_MODEL || which === 0 || (typeof which === 'object' && which.voice === 0),
      ),
  };
  const told = tell(call, provider, shape);
  if (told !== 'nothing') isMet = true;
  // What was refused was met; what lost its connection is refused after that.
  const isDone = told === 'fresh' || (told === 'running' && !isRefusal(fault));
  if (extent === 'once' && isDone) left = 0;
  return () => isMet;
}

/** What is under way meets the fault at once. */
function tell(
  call: Conversation,
  provider: Provider,
  { fresh, running }: { readonly fresh: Trouble; readonly running: Trouble },
): 'fresh' | 'running' | 'nothing' {
  switch (provider) {
    case 'stt':
      if (call.sttOpened.length === 0) return 'nothing';
      call.strikeStt(running);
      return 'running';
    case 'llm':
      if (call.strikeLlm(fresh, true)) return 'fresh';
      return call.strikeLlm(running, false) ? 'running' : 'nothing';
    case 'tts':
      if (call.strikeTts(running)) return 'running';
      if (call.frames.length > 0 && running.kind === 'fails') call.ttsFails(running.code);
      return 'nothing';
  }
}

/** Until the caller has the floor and waits for nothing. */
function settle(call: Conversation): void {
  const until = call.now + WAIT_MS_MAX;
  do call.run(10);
  while (call.closed === undefined && isWaiting(call) && call.now < until);
}

function isWaiting({ session, frames }: Conversation): boolean {
  if (session.state !== 'listening') return true;
  return (
    frames.findLastIndex(({ isCaller }) => isCaller) >
    frames.findLastIndex(({ isAgent }) => isAgent)
  );
}

/** The caller goes on, and is answered or sent on. */
function askAgain(call: Conversation, turns: number): boolean {
  for (let i = 0; i < turns && call.closed === undefined; i++) {
    call.run(1500);
    if (call.closed !== undefined) break;
    call.say(NEXT_QUESTION);
    call.run(900);
    settle(call);
    if (call.heard.includes(NEXT_ANSWER)) return true;
  }
  return false;
}

/** In which the caller has said something, or the agent has begun to, and neither can be heard. */
function longestSilenceMs(frames: readonly HeardFrame[], from: number): number {
  let longest = 0;
  let silent = 0;
  let isOwed = false;
  for (const [index, { isAgent, isCaller, state }] of frames.entries()) {
    if (isCaller) isOwed = true;
    else if (isAgent) isOwed = false;
    const isWaited = isOwed || state === 'thinking' || state === 'speaking' || state === 'leaving';
    // Our relay lets the caller hear the ringing.
    const isOver = state === 'connecting' || state === 'ended';
    silent = isAgent || isCaller || isOver || !isWaited ? 0 : silent + 1;
    if (index >= from) longest = Math.max(longest, silent);
  }
  return longest * FRAME_MS;
}

const NAMES: Readonly<Record<string, string>> = {
  [PHRASES.greeting]: 'greeting',
  [PHRASES.apology]: 'apology',
  [PHRASES.notUnderstood]: 'not understood',
  [PHRASES.reprompt]: 'are you there',
  [PHRASES.goodbye]: 'goodbye',
  [PHRASES.timeLimit]: 'last words',
  [PHRASES.failure]: 'failure phrase',
  [PHRASES.openers[0]]: 'opener',
  [PHRASES.openers[1]]: 'opener',
  [PHRASES.fillers[0]]: 'filler',
};

/** What was said, phrase by phrase; everything that is no phrase of the agent's own is its answer. */
function soundsIn(heard: string): string[] {
  const sounds: string[] = [];
  const add = (name: string): void => {
    if (sounds.at(-1) !== name) sounds.push(name);
  };
  for (let rest = heard; rest !== '';) {
    const found = Object.keys(NAMES)
      .map((phrase) => ({ phrase, at: rest.indexOf(phrase) }))
      .filter(({ at }) => at >= 0)
      .sort((a, b) => a.at - b.at)[0];
    const own = found === undefined ? rest : rest.slice(0, found.at);
    if (/\w{2}/u.test(own)) add('answer');
    if (found === undefined) break;
    add(NAMES[found.phrase] ?? '');
    rest = rest.slice(found.at + found.phrase.length);
  }
  return sounds;
}

function codesOf({ call, turns }: Conversation): FaultCode[] {
  const errors = [...(call?.errors ?? []), ...[...turns.values()].flatMap((turn) => turn.errors)];
  return errors.map(({ code }) => code);
}

function giveClip(call: Conversation, text: string): void {
  if (text !== '') call.feed({ kind: 'clip', text, mulaw: voiceOf(text) });
}

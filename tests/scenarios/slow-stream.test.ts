/** A provider that becomes slow in mid-stream, and not dead: words or sound come in drops. */

import { describe, expect, it } from 'vitest';
import { PHRASES } from '@patchcord/edge/src/call/core/settings.test-support.ts';
import { Conversation } from './conversation.ts';
import { SETUPS, type Setup } from './fault-matrix/setups.ts';
import type { Brain } from './world/scripted-model.ts';
import { voiceOf } from './world/scripted-voice.ts';

const SILENCE_MS_MAX = 2500;
const QUESTION = 'when do you open';
const ANSWER =
  'We are open from nine to six on weekdays, from ten to four on Saturdays, and closed on Sundays.';
const GAPS_MS = [100, 300, 700, 1000, 1300, 1600, 2000, 2300];

const cases = SETUPS.flatMap((setup) =>
  GAPS_MS.map((gapMs) => [setup.name, gapMs, setup] as const),
);

/** The longest silence while the caller waits for the agent or for the end of what it says. */
function silenceMs({ frames }: Conversation, from: number): number {
  let longest = 0;
  let silent = 0;
  for (const { isAgent, isCaller, state } of frames.slice(from)) {
    const isWaited = state === 'thinking' || state === 'speaking' || state === 'leaving';
    silent = isAgent || isCaller || (!isWaited && silent === 0) ? 0 : silent + 1;
    if (!isWaited && state !== 'listening') silent = 0;
    longest = Math.max(longest, silent);
    if (state === 'listening' && silent * 20 > SILENCE_MS_MAX) break;
  }
  return longest * 20;
}

function ask(call: Conversation, hasClips: boolean): number {
  if (hasClips) {
    for (const text of Object.values(PHRASES).flat()) {
      if (text !== '') call.feed({ kind: 'clip', text, mulaw: voiceOf(text) });
    }
  }
  call.start().runUntilListening().run(400);
  const from = call.frames.length;
  call.say(QUESTION);
  return from;
}

const isQuiet = ({ session, turns }: Conversation): boolean =>
  session.state === 'ended' || (session.state === 'listening' && turns.size > 1);

function dripping(tokenMs: number, setup: Setup, secondTokenMs = tokenMs): Conversation {
  let requests = 0;
  const brain: Brain = (messages) => {
    const broken = messages.at(-1)?.role === 'system' ? (messages.at(-2)?.content ?? '') : '';
    const text = ANSWER.slice(broken.length).trimStart();
    return { text, firstTokenMs: 300, tokenMs: requests++ === 0 ? tokenMs : secondTokenMs };
  };
  const call = new Conversation(brain, setup.settings);
  call.voice = { firstAudioMs: 200, chunkChars: 8 };
  return call;
}

describe('the caller hears no silence', () => {
  it.each(cases)('of models that drip, %s: a word each %d ms', (_, tokenMs, setup) => {
    const call = dripping(tokenMs, setup);
    const from = ask(call, setup.hasClips);
    call.runUntil(() => isQuiet(call));
    expect(silenceMs(call, from)).toBeLessThanOrEqual(SILENCE_MS_MAX);
    // Nobody listens to a word every two seconds to the end.
    const isTold = call.turn(1).heard.endsWith('Sundays.');
    expect(isTold || call.turn(1).heard.endsWith(PHRASES.apology)).toBe(true);
    if (tokenMs <= 1000) expect(isTold).toBe(true);
  });

  it.each(cases)(
    'of one model that drips, %s: a word each %d ms until another one goes on',
    (_, tokenMs, setup) => {
      const call = dripping(tokenMs, setup, 20);
      const from = ask(call, setup.hasClips);
      call.runUntil(() => isQuiet(call));
      expect(silenceMs(call, from)).toBeLessThanOrEqual(SILENCE_MS_MAX);
      expect(call.turn(1).heard).toContain('closed on Sundays.');
    },
  );

  it.each(cases)('of a voice that drips, %s: a piece each %d ms', (_, gapMs, setup) => {
    const call = new Conversation([{ text: ANSWER }], setup.settings);
    call.voice = { firstAudioMs: 200, chunkChars: 8 };
    const from = ask(call, setup.hasClips);
    call.voice = { firstAudioMs: 200, chunkChars: 5, gapMs };
    call.runUntil(() => isQuiet(call));
    expect(silenceMs(call, from)).toBeLessThanOrEqual(SILENCE_MS_MAX);
    expect(call.turn(1).heard).toContain('closed on Sundays.');
  });
});

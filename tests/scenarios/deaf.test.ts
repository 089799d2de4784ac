/** Recognition that says nothing, although the caller does: what is noticed, and what the caller hears of it. */

import { describe, expect, it } from 'vitest';
import { PHRASES, SETTINGS } from '@patchcord/edge/src/call/core/settings.test-support.ts';
import { Conversation } from './conversation.ts';
import type { Answer } from './world/scripted-model.ts';
import type { SttManners } from './world/scripted-recogniser.ts';

const { greeting: GREETING, notUnderstood: WHAT, failure: FAILURE } = PHRASES;
const NEVER = { kind: 'late', byMs: Infinity } as const;
const SILENCE_MS_MAX = 2500;

function greeted(answers: readonly Answer[], stt: SttManners = { delayMs: 150 }): Conversation {
  const call = new Conversation([...answers]).start().runUntilListening();
  call.stt = stt;
  return call.run(400);
}

/** The longest that nothing could be heard after the caller's last sound. */
function silenceMs({ frames }: Conversation): number {
  let longest = 0;
  let silent = 0;
  for (const { isAgent } of frames.slice(frames.findLastIndex(({ isCaller }) => isCaller) + 1)) {
    silent = isAgent ? 0 : silent + 1;
    longest = Math.max(longest, silent);
    if (isAgent) break;
  }
  return longest * 20;
}

describe('a recogniser that says nothing more', () => {
  it.each(['well', 'do you open on Sundays'])('"%s" is heard by the next one', (said) => {
    const call = greeted([{ text: 'Nine to six.' }]);
    call.strikeStt(NEVER);
    call.say(said, 0, 300);
    call.run(2500).runUntilListening();
    expect(call.turn(1)).toMatchObject({ understood: said, heard: 'Nine to six.' });
    expect(silenceMs(call)).toBeLessThan(SILENCE_MS_MAX);
    expect(call.codes()).toEqual(['STT_DEAF']);
    expect(call.sttOpened).toHaveLength(2);
  });

  it('in mid-sentence: what is answered is the whole of it', () => {
    const call = greeted([{ text: 'For how many?' }]);
    call.say('I want a table');
    call.run(600);
    call.strikeStt(NEVER);
    call.run(2000).runUntilListening();
    expect(call.turn(1).understood).toBe('I want a table');
    expect(silenceMs(call)).toBeLessThan(SILENCE_MS_MAX);
    expect(call.codes()).toEqual(['STT_DEAF']);
  });

  it('after the whole sentence was understood is not noticed yet', () => {
    const call = greeted([{ text: 'For how many?' }]);
    const to = call.say('I want a table');
    call.run(to - call.now + 200);
    call.strikeStt(NEVER);
    call.run(2000).runUntilListening();
    expect(call.turn(1).understood).toBe('I want a table');
    expect(call.sttOpened).toHaveLength(1);
  });

  it('in mid-sentence, and no other one says anything: what there is of it is answered', () => {
    const call = greeted([{ text: 'You want?' }]);
    call.say('I want a table');
    call.run(600);
    call.weather = { stt: () => NEVER };
    call.strikeStt(NEVER);
    call.run(2500).runUntilListening();
    expect(call.turn(1).understood).toBe('I want');
    expect(silenceMs(call)).toBeLessThan(SILENCE_MS_MAX);
  });

  it('is kept where it was only late', () => {
    const call = greeted([{ text: 'Nine to six.' }]);
    call.strikeStt({ kind: 'late', byMs: 750 });
    call.weather = { stt: () => NEVER };
    call.say('well', 0, 300);
    call.run(2500).runUntilListening();
    expect(call.turn(1).understood).toBe('well');
    expect(call.codes()).toEqual([]);
  });

  it.each(['well', 'is there anybody who can hear me'])(
    'as all others do: "%s" is asked for again, then the next verb runs',
    (said) => {
      const call = greeted([], { delayMs: 150, isDeaf: true });
      for (let i = 0; i < 3; i++) {
        const to = call.say(said, 0, 300);
        call.run(to - call.now + 2400);
        if (call.closed === undefined && i < 2) call.runUntilListening();
        expect(silenceMs(call)).toBeLessThan(SILENCE_MS_MAX);
      }
      call.runUntil(() => call.closed !== undefined);
      expect(call.heard).toBe(GREETING + WHAT + WHAT + FAILURE);
      expect(call.call).toMatchObject({ status: 'failed', endReason: 'provider-failure' });
      expect(call.codes()).toContain('STT_DEAF');
    },
  );

  it('as all others do, to a caller who gives up speaking: the call has failed all the same', () => {
    const call = greeted([], { delayMs: 150, isDeaf: true });
    for (let i = 0; i < 2; i++) {
      call.say('is there anybody who can hear me');
      call.run(4500).runUntilListening();
    }
    call.runUntil(() => call.closed !== undefined);
    expect(call.call).toMatchObject({ status: 'failed', endReason: 'provider-failure' });
  });

  it('hands the caller on to a person where there is one', () => {
    const failureTarget = { name: 'desk', target: '200', manner: 'cold' } as const;
    const call = new Conversation([], { ...SETTINGS, failureTarget }, true);
    call.stt = { delayMs: 150, isDeaf: true };
    call.start().runUntilListening();
    for (let i = 0; i < 3; i++) {
      call.say('is there anybody who can hear me');
      call.run(4500);
    }
    call.runUntil(() => call.transfers.length > 0);
    expect(call.heard.endsWith(FAILURE)).toBe(true);
    expect(call.transfers[0]?.target).toBe('200');
  });
});

describe('a cough while the agent listens', () => {
  it('of which recognition says that there is no word in it is nothing', () => {
    const call = greeted([{ text: 'Nine to six.' }]);
    call.noise(300);
    call.run(6000);
    expect(call.heard).toBe(GREETING);
    expect(call.codes()).toEqual([]);
    expect(call.sttOpened).toHaveLength(1);
  });

  it('that recognition passes over is asked about once in a call at most', () => {
    const call = greeted([{ text: 'Nine to six.' }], { delayMs: 150, isTacit: true });
    call.noise(300);
    call.run(4000).runUntilListening();
    expect(call.heard).toBe(GREETING + WHAT);
    call.say('do you open on Sundays');
    call.run(1500).runUntilListening();
    for (let i = 0; i < 2; i++) {
      call.noise(300);
      call.run(4000);
      call.say('do you open on Sundays');
      call.run(1500).runUntilListening();
    }
    expect(call.heard.split(WHAT)).toHaveLength(2);
    expect(call.turns.size).toBe(5);
    // Nobody was deaf.
    expect(call.codes()).toEqual([]);
  });

  it('that is long, and has no word in it, is asked about and no fault', () => {
    const call = greeted([]);
    call.noise(800);
    call.run(6000);
    expect(call.heard).toBe(GREETING + WHAT);
    expect(call.codes()).toEqual([]);
  });
});

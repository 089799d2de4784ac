/** What went wrong once, between two things that each work alone. */

import type { ToolCall } from '@patchcord/edge/src/call/core/contract.ts';
import { describe, expect, it } from 'vitest';
import { PHRASES, SETTINGS } from '@patchcord/edge/src/call/core/settings.test-support.ts';
import { Conversation } from './conversation.ts';
import type { Answer } from './world/scripted-model.ts';
import { CHAR_MS } from './world/scripted-voice.ts';

const { greeting: GREETING, apology: APOLOGY, failure: FAILURE } = PHRASES;
const LONG = 'Let me book that for you now, it will take me just a moment.';

function greeted(answers: Answer[], isPatchcord = true, settings = SETTINGS): Conversation {
  return new Conversation(answers, settings, isPatchcord).start().runUntilListening();
}

const callOf = (name: string, id = name): ToolCall => ({ id, name, argumentsJson: '{}' });

/** The phrase is in the cache. */
function clip(call: Conversation, text: string): void {
  const mulaw = new Uint8Array(text.length * CHAR_MS * 8);
  for (let i = 0; i < mulaw.length; i++) mulaw[i] = text.charCodeAt(Math.floor(i / CHAR_MS / 8));
  call.feed({ kind: 'clip', text, mulaw });
}

describe('tools', () => {
  it('that must not be given up tell the model what they did, long after the interruption', () => {
    const call = greeted([{ text: LONG, calls: [callOf('book')] }, { text: 'Fine.' }]);
    call.say('book a table');
    call.runUntil(() => call.toolCalls.length === 1 && call.heard.endsWith('Let me'));
    call.say('no wait a moment');
    call.run(4000);
    expect(call.turn(1)).toMatchObject({ interrupted: true, tools: [{ name: 'book' }] });
    expect(call.turn(1).tools[0]).not.toHaveProperty('result');
    call.feed({ kind: 'tool-result', toolCallId: 'book', result: 'booked' });
    expect(call.turn(1).tools).toMatchObject([{ name: 'book', result: 'booked' }]);
    call.run(3000).runUntilListening();
    call.say('what did you do');
    call.run(2000);
    expect(call.told.join(' ')).toContain('tool: booked');
  });

  it('that the model gives one name each end', () => {
    const calls = [callOf('note', 'a'), callOf('look_up', 'a'), callOf('look_up', 'a')];
    const call = greeted([{ text: 'One moment.', calls }, { text: 'Both done.' }]);
    call.say('look it up');
    call.runUntil(() => call.toolCalls.length === 2);
    call.feed({ kind: 'tool-result', toolCallId: 'a', result: 'one' });
    call.feed({ kind: 'tool-result', toolCallId: 'a', result: 'two' });
    call.run(1500).runUntilListening();
    expect(call.turn(1).agent).toBe('One moment. Both done.');
    expect(call.turn(1).tools.slice(1)).toMatchObject([{ result: 'one' }, { result: 'two' }]);
  });

  it('that the model gives one name each may also never answer', () => {
    const calls = [callOf('look_up', 'a'), callOf('look_up', 'a')];
    const call = greeted([{ text: 'One moment.', calls }, { text: 'Sorry.' }]);
    call.say('look it up');
    call.run(9000);
    const codes = call.turn(1).errors.map(({ code }) => code);
    expect(codes).toEqual(['TOOL_TIMEOUT', 'TOOL_TIMEOUT']);
    expect(call.turn(1).agent).toBe('One moment. Sorry.');
  });
});

describe('a breath that is held', () => {
  it.each([true, false])(
    'does not put off the last words for ever (our relay: %s)',
    (isPatchcord) => {
      const answer = { text: 'Thank you very much. Goodbye!', endCall: true, tokenMs: 250 };
      const call = greeted([answer], isPatchcord);
      call.say('that is all');
      call.runUntil(() => call.heard.endsWith('Thank'));
      // The sound goes on while the model hangs up.
      call.noise(20_000);
      call.runUntil(() => call.closed !== undefined);
      expect(call.closed?.reason).toBe('agent-hangup');
      expect(call.heard.endsWith('Goodbye!')).toBe(true);
    },
  );
});

describe('a phrase from the cache', () => {
  it('comes behind what the voice has still to say', () => {
    const how: Answer = { failsAfter: { tokens: 4, code: 'LLM_AUTH' } };
    const call = greeted([{ text: 'We are open. From nine to six.', ...how }]);
    clip(call, FAILURE);
    call.voice = { firstAudioMs: 600 };
    call.say('when do you open');
    call.runUntil(() => call.closed !== undefined);
    expect(call.heard).toMatch(
      new RegExp(`^${GREETING.replace('?', '.')}We are open.*${FAILURE}$`, 'u'),
    );
    expect(call.turn(1).heard).toBe(call.turn(1).agent);
  });

  it.each([true, false])(
    'is heard to its end when the voice dies after the last word (our relay: %s)',
    (isPatchcord) => {
      const call = greeted([{ text: 'We are open.' }], isPatchcord);
      clip(call, FAILURE);
      call.voice = { firstAudioMs: 300, socketFails: 'TTS_QUOTA' };
      call.say('when do you open');
      call.runUntil(() => call.closed !== undefined);
      expect(call.heard).toBe(GREETING + FAILURE);
      expect(call.closed?.reason).toBe('provider-failure');
    },
  );
});

describe('a voice that cannot be had', () => {
  it('ends the call at once, also when that became known while nobody was to hear it', () => {
    const call = greeted([{ text: 'We are open.' }]);
    call.voice = { firstAudioMs: 1, socketFails: 'TTS_QUOTA' };
    call.say('when do you open');
    call.run(3000);
    expect(call.closed?.reason).toBe('provider-failure');
  });
});

describe('a filler', () => {
  const settings = { ...SETTINGS, timings: { ...SETTINGS.timings, fillerAfterMs: 1400 } };

  it('is said once for each wait, also where it is not in the cache', () => {
    const call = greeted([{ text: 'Here it is.', firstTokenMs: 2800 }], true, settings);
    call.say('look it up');
    call.run(1500).runUntilListening();
    const [filler] = PHRASES.fillers;
    expect(call.heard).toBe(`${GREETING}${filler} Here it is.`);
  });

  it('does not wait for a voice that is late itself', () => {
    const call = greeted([{ text: 'Here it is.' }], true, settings);
    call.voice = { firstAudioMs: 800 };
    call.say('look it up');
    call.run(2500).runUntilListening();
    expect(call.heard).toBe(`${GREETING}Here it is.`);
  });
});

it('an apology without a cache is one, and follows a space', () => {
  const how: Answer = { failsAfter: { tokens: 2, code: 'LLM_BROKEN' } };
  const broken: Answer = { text: '', failsAfter: { tokens: 0, code: 'LLM_BROKEN' } };
  const call = greeted([{ text: 'We are open from', ...how }, broken]);
  call.say('when do you open');
  call.run(1500).runUntilListening();
  expect(call.turn(1).agent).toMatch(new RegExp(`^We ${APOLOGY}$`, 'u'));
});

describe('the limits of a call', () => {
  it('as many turns as there may be are answered, then it is goodbye', () => {
    const limits = { ...SETTINGS.limits, turnsMax: 2 };
    const call = new Conversation([], { ...SETTINGS, limits }).start().runUntilListening();
    for (let i = 0; i < 2; i++) {
      call.say('book a table please');
      call
        .run(2500)
        .runUntil(() => call.session.state === 'listening' || call.closed !== undefined);
    }
    expect(call.heard).toBe(`${PHRASES.greeting}Yes.Yes.${PHRASES.timeLimit}`);
    expect(call.call).toMatchObject({ status: 'completed', endReason: 'turn-limit' });
  });

  it('a call that has cost what it may is ended when an answer has been heard', () => {
    const cost = {
      microsMax: 40,
      microsOf: ({ ttsCharacters }: { readonly ttsCharacters: number }) => ttsCharacters,
    };
    const limits = { ...SETTINGS.limits, cost };
    const text = 'We have a table at nine in the evening.';
    const call = new Conversation([{ text }], { ...SETTINGS, limits }).start().runUntilListening();
    call.say('book a table please');
    call.runUntil(() => call.closed !== undefined);
    expect(call.heard).toBe(`${PHRASES.greeting}${text}${PHRASES.timeLimit}`);
    expect(call.call?.endReason).toBe('cost-limit');
  });

  it('the caller is told, behind an answer, that the call cannot last much longer', () => {
    const phrases = { en: { ...PHRASES, wrapUp: 'We have half a minute.' } };
    const timings = { ...SETTINGS.timings, callMsMax: 140_000, repromptMs: 200_000 };
    const call = new Conversation([], { ...SETTINGS, phrases, timings }).start();
    call.run(95_000);
    for (let i = 0; i < 2; i++) {
      call.say('book a table please');
      call.run(6000).runUntilListening();
    }
    expect(call.heard).toBe(`${PHRASES.greeting}Yes.We have half a minute.Yes.`);
  });

  it("an agent's own back-channels are none of its business while it speaks", () => {
    const answer = {
      text: 'We are open from nine in the morning to six in the evening, every day.',
    };
    const interruption = { ...SETTINGS.interruption, extraNods: ['wokeh bossku'] };
    for (const [settings, isHeardOut] of [
      [{ ...SETTINGS, interruption }, true],
      [SETTINGS, false],
    ] as const) {
      const call = new Conversation([answer], settings).start().runUntilListening();
      call.say('when do you open');
      call.run(3000);
      call.say('wokeh bossku');
      call.run(1000).runUntilListening();
      expect(call.turn(1).heard === answer.text).toBe(isHeardOut);
    }
  });
});

describe('a call that cannot go on, with a person to take it', () => {
  const FAILS: Answer = { failsAfter: { tokens: 0, code: 'LLM_AUTH' } };
  const settings = {
    ...SETTINGS,
    failureTarget: { name: 'front desk', target: '200', manner: 'cold' },
  } as const;

  function failed(): Conversation {
    const call = greeted([FAILS], true, settings);
    call.say('book a table');
    call.runUntil(() => call.session.state === 'connecting');
    return call;
  }

  it('is handed over once the caller has heard why', () => {
    const call = failed();
    expect(call.heard).toBe(GREETING + FAILURE);
    expect(call.transfers).toMatchObject([{ target: '200', manner: 'cold' }]);
    const transferId = call.transfers[0]?.transferId ?? '';
    call.feed({ kind: 'transfer-progress', transferId, status: 'answered' });
    expect(call.call).toMatchObject({ status: 'completed', endReason: 'transferred' });
  });

  it('ends as a failure where nobody answers, and the next verb runs', () => {
    const call = failed();
    const transferId = call.transfers[0]?.transferId ?? '';
    call.feed({ kind: 'transfer-progress', transferId, status: 'failed', reason: 'busy' });
    expect(call.call).toMatchObject({ status: 'failed', endReason: 'provider-failure' });
    expect(call.codes()).toContain('TRANSFER_FAILED');
  });

  it('is handed over in silence where there is no voice either', () => {
    const call = greeted([{ text: 'Yes, we have a table.' }], true, settings);
    call.voice = { ...call.voice, socketFails: 'TTS_AUTH', httpFails: 'TTS_AUTH' };
    call.say('book a table');
    call.runUntil(() => call.session.state === 'connecting');
    expect(call.transfers).toHaveLength(1);
    expect(call.heard).toBe(GREETING);
  });

  it('is handed over when nobody hears the caller any more', () => {
    const call = greeted([], true, settings);
    call.strikeStt({ kind: 'fails', code: 'STT_AUTH', afterMs: 0 });
    call.runUntil(() => call.session.state === 'connecting');
    expect(call.heard).toBe(GREETING + FAILURE);
  });
});

it('a model that insists on a transfer that fails is not let ring for ever', () => {
  const call = new Conversation(() => ({ calls: [callOf('transfer')] }), SETTINGS, true)
    .start()
    .runUntilListening();
  call.say('i want to talk to somebody');
  for (let i = 0; i < 3; i++) {
    call.runUntil(() => call.transfers.length === i + 1);
    const transferId = call.transfers[i]?.transferId ?? '';
    call.run(500);
    call.feed({ kind: 'transfer-progress', transferId, status: 'failed', reason: 'busy' });
  }
  call.run(3000);
  expect(call.transfers).toHaveLength(3);
  expect(call.heard.endsWith(PHRASES.reprompt)).toBe(true);
});

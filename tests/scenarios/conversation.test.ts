import { describe, expect, it } from 'vitest';
import { PHRASES, SETTINGS } from '@patchcord/edge/src/call/core/settings.test-support.ts';
import { Conversation } from './conversation.ts';
import type { Answer } from './world/scripted-model.ts';

const GREETING = PHRASES.greeting;

/** A call in which the greeting has been heard. */
function greeted(answers: Answer[] = [], isPatchcord = false, settings = SETTINGS): Conversation {
  return new Conversation(answers, settings, isPatchcord).start().runUntilListening();
}

describe('a conversation', () => {
  it('begins with the greeting, heard to the end', () => {
    const call = greeted();
    expect(call.heard).toBe(GREETING);
    expect(call.turn(0)).toMatchObject({
      kind: 'greeting',
      agent: GREETING,
      heard: GREETING,
      interrupted: false,
      errors: [],
    });
    expect(call.turn(0).understood).toBeUndefined();
  });

  it('waits for the caller when there is no greeting', () => {
    const phrases = { en: { ...PHRASES, greeting: '' } };
    const call = new Conversation([{ text: 'Hi.' }], { ...SETTINGS, phrases }).start().run(500);
    expect(call.session.state).toBe('listening');
    call.say('hello');
    call.run(5000);
    expect(call.heard).toBe('Hi.');
  });

  it('goes through two turns and tells the model both', () => {
    const call = greeted([{ text: 'We open at nine.' }, { text: 'Until six.' }]);
    call.say('when do you open');
    call.run(1500).runUntilListening();
    call.say('and until when');
    call.run(1500).runUntilListening();

    expect(call.heard).toBe(`${GREETING}We open at nine.Until six.`);
    expect(call.told).toEqual([
      `assistant: ${GREETING}`,
      'user: when do you open',
      'assistant: We open at nine.',
      'user: and until when',
    ]);
    expect(call.turn(1)).toMatchObject({
      kind: 'reply',
      understood: 'when do you open',
      agent: 'We open at nine.',
      heard: 'We open at nine.',
    });
  });

  it('leaves a waterfall whose stages come in order', () => {
    const call = greeted([{ text: 'We open at nine.' }]);
    call.say('when do you open');
    call.run(1500).runUntilListening();
    const { waterfallMs } = call.turn(1);
    expect(Object.keys(waterfallMs)).toEqual([
      'speechEnd',
      'endOfTurn',
      'llmRequest',
      'llmFirstToken',
      'firstClause',
      'ttsFirstAudio',
      'firstFrameSent',
      'firstFrameHeard',
    ]);
    const { endOfTurn, llmRequest, ...others } = waterfallMs;
    const stages = Object.values(others);
    expect(stages).toEqual(stages.toSorted((a, b) => a - b));
    // The model is asked before it is certain that the caller has finished.
    expect(llmRequest).toBeLessThan(endOfTurn ?? 0);
    expect(waterfallMs.speechEnd).toBe(0);
    // A question is complete.
    expect(waterfallMs.endOfTurn).toBeGreaterThanOrEqual(400);
    expect(waterfallMs.endOfTurn).toBeLessThan(440);
    // Both ways over the network, give or take the frame in which it plays.
    const heardAfterMs = (waterfallMs.firstFrameHeard ?? 0) - (waterfallMs.firstFrameSent ?? 0);
    expect(heardAfterMs).toBeGreaterThanOrEqual(20);
    expect(heardAfterMs).toBeLessThanOrEqual(60);
  });

  it('leaves the instants that a trace is made of', () => {
    const call = greeted([{ text: 'We open at nine.' }]);
    call.say('when do you open');
    call.run(1500).runUntilListening();
    const { trace, waterfallMs } = call.turn(1);
    const stageAt = (ms: number | undefined) => (trace?.waterfallAt ?? 0) + (ms ?? NaN);
    expect(trace).toMatchObject({ hasFailed: false, toolsAt: [] });
    expect(trace?.answers).toEqual([
      {
        model: 'quick',
        requestedAt: expect.closeTo(stageAt(waterfallMs.llmRequest), -1),
        firstTokenAt: expect.closeTo(stageAt(waterfallMs.llmFirstToken), -1),
        lastTokenAt: expect.any(Number),
        usages: [expect.objectContaining({ model: 'quick' })],
      },
    ]);
    expect(trace?.answers[0]?.lastTokenAt).toBeGreaterThanOrEqual(
      trace?.answers[0]?.firstTokenAt ?? Infinity,
    );
    expect(trace?.endedAt).toBeGreaterThan(stageAt(waterfallMs.firstFrameHeard));
  });

  it('takes a pause in the middle of a sentence for what it is', () => {
    const call = greeted([{ text: 'Noted.' }]);
    call.say('a table for two');
    // The provider says "final" after 300 ms of silence; our own minimum is 600.
    call.say('at eight', 800 + 450);
    call.run(4000);
    expect(call.turn(1).understood).toBe('a table for two at eight');
    expect(call.turns.size).toBe(2);
    // One was asked for ahead of time, and for nothing.
    expect(call.requests).toHaveLength(2);
  });

  it('answers at once what was said before the greeting could be heard', () => {
    const call = new Conversation([{ text: 'Yes, I am here.' }]).start();
    call.say('hello');
    call.run(8000);
    expect(call.heard).toBe(`${GREETING}Yes, I am here.`);
    expect(call.turn(0).interrupted).toBe(false);
  });

  it('closes a turn by stable hypotheses when no final comes, and drops the final that comes late', () => {
    const call = greeted([{ text: 'Fine.' }]);
    call.stt = { delayMs: 150, hasNoFinals: true };
    call.say('book a table');
    call.run(4000);
    expect(call.turn(1).understood).toBe('book a table');
    expect(call.turn(1).waterfallMs.endOfTurn).toBeGreaterThanOrEqual(600);
    expect(call.requests).toHaveLength(1);
  });

  it('drops a final that comes after its turn was closed', () => {
    const call = greeted([{ text: 'Fine, that is noted for you.' }]);
    call.stt = { delayMs: 1200 };
    call.say('book a table');
    call.run(9000);
    expect(call.turns.size).toBe(2);
    expect(call.turn(1)).toMatchObject({ understood: 'book a table', interrupted: false });
  });

  it('makes a turn of words that come very late', () => {
    const call = greeted([{ text: 'Fine.' }]);
    call.stt = { delayMs: 1700 };
    call.say('book a table');
    call.run(12_000);
    expect(call.turn(1).understood).toBe('book a table');
  });

  it('asks again for words that come later than anybody waits', () => {
    const call = greeted([{ text: 'Fine.' }]);
    call.stt = { delayMs: 4000 };
    call.say('book a table');
    call.run(600 + 2500);
    expect(call.heard).toMatch(/I did/u);
    call.stt = { delayMs: 150 };
    call.runUntilListening().say('book a table');
    call.run(1500).runUntilListening();
    expect(call.heard).toMatch(/Fine\.$/u);
  });

  it('asks nobody about a cough', () => {
    const call = greeted();
    call.noise(250);
    call.run(6000);
    expect(call.requests).toHaveLength(0);
    expect(call.turns.size).toBe(1);
  });

  it('closes a turn although the line has gone silent', () => {
    const call = greeted([{ text: 'Fine.' }]);
    call.say('book a table');
    call.run(610);
    call.stopMedia();
    call.run(3000);
    expect(call.turn(1).understood).toBe('book a table');
  });

  it('takes digits of the keypad for a turn', () => {
    const call = greeted([{ text: 'Thank you.' }]);
    for (const digit of '42#') call.feed({ kind: 'dtmf', digit });
    call.run(3000);
    expect(call.turn(1).understood).toBe('[keypad: 42#]');
  });
});

describe('a barge-in', () => {
  const LONG = 'We are open from nine to six, every day but Sunday.';

  it('stops the agent and keeps exactly what was heard', () => {
    const call = greeted([{ text: LONG }, { text: 'On Sunday we are closed.' }]);
    call.say('when do you open');
    call.runUntil(() => call.heard.endsWith('open from nine'));
    call.say('what about Sunday');
    call.run(600);
    expect(call.clears).toBe(1);
    expect(call.turn(1).interrupted).toBe(true);
    const { heard } = call.turn(1);
    // A word that was begun is not heard; what is kept is an exact beginning.
    expect(LONG.startsWith(heard)).toBe(true);
    expect(heard.length).toBeGreaterThan('We are open from nine'.length - 1);
    const played = call.heard.slice(GREETING.length);
    expect(played.startsWith(heard)).toBe(true);
    expect(played.length - heard.length).toBeLessThan(10);

    call.run(8000);
    expect(call.told).toEqual([
      `assistant: ${GREETING}`,
      'user: when do you open',
      `assistant: ${heard}`,
      'user: what about Sunday',
    ]);
    expect(call.turn(2)).toMatchObject({ understood: 'what about Sunday', interrupted: false });
    expect(call.heard).toBe(`${GREETING}${played}On Sunday we are closed.`);
  });

  it('counts no mark that `clear` brings back', () => {
    const call = greeted([{ text: LONG }]);
    call.networkMs = 100;
    call.say('when do you open');
    call.runUntil(() => call.heard.endsWith('We are'));
    call.say('wait a moment please');
    call.run(3000);
    expect(call.clears).toBe(1);
    expect(call.turn(1).heard.length).toBeLessThan('We are open from nine'.length);
  });

  it('silences the agent within 400 ms of the first sound', () => {
    const call = greeted([{ text: LONG }]);
    call.say('when do you open');
    call.runUntil(() => call.heard.endsWith('We are'));
    const heardBefore = call.heard.length;
    call.noise(2000);
    call.run(1500);
    expect(call.clears).toBe(1);
    const goneOnForChars = call.heard.length - heardBefore;
    expect(goneOnForChars * 60).toBeLessThanOrEqual(400);
  });

  it('before the first audio is no interruption: it was not the last word', () => {
    const call = greeted([{ text: LONG, firstTokenMs: 1500 }]);
    call.say('book a table');
    call.run(1400);
    expect(call.session.state).toBe('thinking');
    call.say('for two people');
    call.run(12_000);
    expect(call.clears).toBe(0);
    expect(call.turns.size).toBe(2);
    expect(call.turn(1)).toMatchObject({
      understood: 'book a table for two people',
      heard: LONG,
      interrupted: false,
    });
    expect(call.told).toEqual([`assistant: ${GREETING}`, 'user: book a table for two people']);
  });

  it('drops tokens and audio that come after it', () => {
    const call = greeted([
      { text: `${LONG} ${LONG}`, tokenMs: 200, ignoresAbort: true },
      { text: 'Sunday is closed.' },
    ]);
    call.say('when do you open');
    call.runUntil(() => call.heard.endsWith('We are'));
    call.say('what about Sunday');
    call.run(6000);
    expect(call.heard.endsWith('Sunday is closed.')).toBe(true);
    expect(call.turn(2).agent).toBe('Sunday is closed.');
  });

  it.each([200, 500, 1000])(
    'is not a sound of %d ms: the agent goes on where it was',
    (lengthMs) => {
      const call = greeted([{ text: LONG }], true);
      call.say('when do you open');
      call.runUntil(() => call.heard.endsWith('open from nine'));
      call.noise(lengthMs);
      call.run(600);
      expect(call.pauses).toBe(1);
      call.run(3200).runUntilListening();
      expect(call.clears).toBe(0);
      expect(call.turn(1)).toMatchObject({ heard: LONG, interrupted: false, falseAlarms: 1 });
      // Not a sample more or less.
      expect(call.heard).toBe(GREETING + LONG);
      expect(call.requests).toHaveLength(1);
    },
  );

  it('is no sound on genuine Twilio either: the word that was cut is said again', () => {
    const call = greeted([{ text: LONG }]);
    call.say('when do you open');
    call.runUntil(() => call.heard.endsWith('open from n'));
    call.noise(400);
    call.run(8000);
    expect(call.clears).toBe(1);
    expect(call.turn(1)).toMatchObject({ heard: LONG, interrupted: false, falseAlarms: 1 });
    expect(call.heard.endsWith('nine to six, every day but Sunday.')).toBe(true);
    expect(call.requests).toHaveLength(1);
  });

  it.each(['mm-hm', 'yeah', 'okay okay'])('is not a back-channel such as "%s"', (words) => {
    const call = greeted([{ text: LONG }], true);
    call.say('when do you open');
    call.runUntil(() => call.heard.endsWith('open from nine'));
    call.say(words);
    call.run(9000);
    expect(call.heard).toBe(GREETING + LONG);
    expect(call.turns.size).toBe(2);
    expect(call.requests).toHaveLength(1);
  });

  it("is not the agent's own voice coming back", () => {
    const call = greeted([{ text: LONG }], true);
    call.say('when do you open');
    call.runUntil(() => call.heard.endsWith('nine to six'));
    call.say('open from nine to six');
    call.run(9000);
    expect(call.heard).toBe(GREETING + LONG);
    expect(call.turns.size).toBe(2);
  });

  it('is told to the model by what was heard, to the sample', () => {
    const call = greeted([{ text: LONG }, { text: 'On Sunday we are closed.' }], true);
    call.networkMs = 100;
    call.say('when do you open');
    call.runUntil(() => call.heard.endsWith('open from nine'));
    call.say('what about Sunday');
    call.run(700);
    expect(call.turn(1).interrupted).toBe(true);
    const { heard } = call.turn(1);
    const played = call.heardWholly.slice(GREETING.length);
    const words = LONG.split(' ');
    const isWhole = (word: number): boolean => played.startsWith(words.slice(0, word).join(' '));
    const count = words.findLastIndex((_, index) => isWhole(index + 1)) + 1;
    expect(heard).toBe(words.slice(0, count).join(' '));
    call.run(9000);
    expect(call.told[2]).toBe(`assistant: ${heard}`);
  });

  it('gives up model, voice and playout in that order', () => {
    const call = greeted([{ text: `${LONG} ${LONG}`, tokenMs: 200 }], true);
    call.say('when do you open');
    call.runUntil(() => call.heard.endsWith('We are'));
    call.say('stop');
    call.run(1500);
    const ends = call.outputs.slice(0, call.outputs.lastIndexOf('send-clear') + 1);
    const order = ends.filter((kind) => ['llm-abort', 'tts-close', 'send-clear'].includes(kind));
    expect(order.slice(-3)).toEqual(['llm-abort', 'tts-close', 'send-clear']);
  });

  it('by a key of the keypad is one too', () => {
    const call = greeted([{ text: LONG }]);
    call.say('when do you open');
    call.runUntil(() => call.heard.endsWith('We are'));
    call.feed({ kind: 'dtmf', digit: '1' });
    call.run(100);
    expect(call.clears).toBe(1);
  });
});

describe('the end of a call', () => {
  it('by the agent comes when the goodbye has been heard', () => {
    const call = greeted([{ text: 'Thank you. Goodbye!', endCall: true }]);
    call.say('that is all');
    call.runUntil(() => call.closed !== undefined);
    expect(call.heard).toBe(`${GREETING}Thank you. Goodbye!`);
    expect(call.closed?.reason).toBe('agent-hangup');
    expect(call.call).toMatchObject({ status: 'completed', endReason: 'agent-hangup' });
  });

  it('by an agent that says nothing comes with a goodbye of ours', () => {
    const call = greeted([{ endCall: true }]);
    call.say('that is all');
    call.runUntil(() => call.closed !== undefined);
    expect(call.heard).toBe(`${GREETING}Goodbye then.`);
  });

  it('is not put off by talking over the goodbye', () => {
    const call = greeted([{ text: 'Thank you very much. Goodbye!', endCall: true }]);
    call.say('that is all');
    call.runUntil(() => call.heard.endsWith('Thank'));
    call.say('bye bye to you too');
    call.runUntil(() => call.closed !== undefined);
    expect(call.clears).toBe(0);
    expect(call.heard.endsWith('Goodbye!')).toBe(true);
  });

  it('comes after the silence of the caller, two reprompts and a goodbye', () => {
    const call = greeted();
    call.runUntil(() => call.closed !== undefined);
    expect(call.heard).toBe(`${GREETING}Are you still there?Are you still there?Goodbye then.`);
    expect(call.call?.endReason).toBe('silence');
  });

  it('comes with the longest duration, politely', () => {
    const timings = { ...SETTINGS.timings, callMsMax: 6000 };
    const call = greeted([{ text: 'a'.repeat(80) }], false, { ...SETTINGS, timings });
    call.say('tell me all');
    call.runUntil(() => call.closed !== undefined);
    expect(call.heard.endsWith('aOur time is up.')).toBe(true);
    expect(call.call).toMatchObject({ status: 'completed', endReason: 'time-limit' });
  });

  it.each([
    ['before the greeting', 0],
    ['during the greeting', 800],
    ['while listening', 2500],
    ['while speaking himself', 3100],
    ['while the model thinks', 4000],
    ['while the voice is made', 4450],
    ['while the agent speaks', 5200],
  ])('by the caller %s leaves nothing running', (_, atMs) => {
    const call = new Conversation([{ text: 'We are open from nine to six.' }]).start();
    call.say('when do you open', 2800);
    call.run(atMs);
    call.hangUp();
    call.run(20_000);
    expect(call.session.state).toBe('ended');
    expect(call.call).toMatchObject({ status: 'completed', endReason: 'caller-hangup' });
    expect(call.session.poll(call.now)).toEqual({ kind: 'idle', wakeAt: undefined });
    for (const { heard, agent } of call.turns.values()) expect(agent.startsWith(heard)).toBe(true);
  });

  it('comes when the peer never sends `start`', () => {
    const call = new Conversation();
    call.feed({ kind: 'mark', name: 'early' });
    call.run(11_000);
    expect(call.closed?.reason).toBe('protocol-error');
  });
});

import type { FaultCode } from '@patchcord/edge/src/call/core/faults.ts';
import { describe, expect, it } from 'vitest';
import { PHRASES } from '@patchcord/edge/src/call/core/settings.test-support.ts';
import { Conversation } from './conversation.ts';
import type { Answer } from './world/scripted-model.ts';

const { greeting: GREETING, apology: APOLOGY, failure: FAILURE } = PHRASES;
const fault = (code: FaultCode) => ({ code, message: 'scripted' });

function greeted(answers: Answer[] = []): Conversation {
  return new Conversation(answers).start().runUntilListening();
}

describe('a fault of the language model', () => {
  it.each([
    [
      'an error before the first token',
      { failsAfter: { tokens: 0, code: 'LLM_UNAVAILABLE' } },
      'LLM_UNAVAILABLE',
    ],
    ['silence before the first token', { stallsAfter: 0, text: 'x' }, 'LLM_TIMEOUT'],
    ['no text at all', { text: '' }, 'LLM_EMPTY'],
  ] satisfies [string, Answer, FaultCode][])('is apologised for: %s', (_, answer, code) => {
    const call = greeted([answer, { text: 'Now it works.' }]);
    call.say('book a table');
    call.run(1500).runUntilListening();
    expect(call.heard).toBe(GREETING + APOLOGY);
    // Asked twice.
    expect(call.turn(1).errors.map((error) => error.code)).toEqual([code, code]);

    call.say('book a table');
    call.run(1500).runUntilListening();
    expect(call.heard.endsWith('Now it works.')).toBe(true);
  });

  it.each([
    ['an error', { failsAfter: { tokens: 4, code: 'LLM_BROKEN' } }, 'LLM_BROKEN'],
    ['silence', { stallsAfter: 4 }, 'LLM_TIMEOUT'],
  ] satisfies [string, Answer, FaultCode][])('in mid-stream is made up for: %s', (_, how, code) => {
    const call = greeted([
      { text: 'We are open from nine to six.', ...how },
      { text: 'from nine to six.' },
    ]);
    call.say('when do you open');
    call.run(1500).runUntilListening();
    expect(call.turn(1).agent).toBe('We are open from nine to six.');
    expect(call.turn(1).heard).toBe(call.turn(1).agent);
    expect(call.turn(1).errors.map((error) => error.code)).toEqual([code]);
    const told = call.requests.at(-1) ?? [];
    // Whether "from" was a whole word nobody knows: the next one begins with it.
    expect(told.at(-2)).toEqual({ role: 'assistant', content: 'We are open ' });
  });

  it('in mid-stream that nothing helps against is apologised for', () => {
    const how: Answer = { failsAfter: { tokens: 4, code: 'LLM_BROKEN' } };
    const call = greeted([
      { text: 'We are open from nine to six.', ...how },
      { text: '', failsAfter: { tokens: 0, code: 'LLM_BROKEN' } },
    ]);
    call.say('when do you open');
    call.run(1500).runUntilListening();
    expect(call.turn(1).agent).toBe(`We are open ${APOLOGY}`);
    expect(call.turn(1).heard).toBe(call.turn(1).agent);
  });

  it('three times in a row hands the call on', () => {
    const answer: Answer = { failsAfter: { tokens: 0, code: 'LLM_RATE_LIMITED' } };
    const call = greeted([answer, answer, answer]);
    for (let i = 0; i < 3; i++) {
      call.say('book a table');
      call
        .run(1500)
        .runUntil(() => call.session.state === 'listening' || call.closed !== undefined);
    }
    expect(call.heard).toBe(GREETING + APOLOGY + APOLOGY + FAILURE);
    expect(call.call).toMatchObject({ status: 'failed', endReason: 'provider-failure' });
  });

  it('that never stops talking is stopped', () => {
    const call = greeted([{ text: 'word '.repeat(200) }]);
    call.say('tell me a story');
    call.run(40_000);
    expect(call.turn(1).errors.map((error) => error.code)).toEqual(['LLM_TOO_LONG']);
    expect(call.turn(1).heard.length).toBeLessThan(800);
  });
});

describe('a fault of the voice', () => {
  it('on the socket is made up for over HTTP', () => {
    const call = greeted([{ text: 'We open at nine.' }]);
    call.voice = { firstAudioMs: 150, socketFails: 'TTS_UNAVAILABLE' };
    call.say('when do you open');
    call.run(1500).runUntilListening();
    expect(call.heard).toBe(`${GREETING}We open at nine.`);
    expect(call.turn(1)).toMatchObject({ heard: 'We open at nine.' });
    expect(call.turn(1).errors.map((error) => error.code)).toEqual(['TTS_UNAVAILABLE']);
  });

  it('that is silence is made up for over HTTP', () => {
    const call = greeted([{ text: 'We open at nine.' }]);
    call.voice = { firstAudioMs: 150, isSilent: true };
    call.say('when do you open');
    call.run(2000);
    call.voice = { firstAudioMs: 150 };
    call.run(1500).runUntilListening();
    expect(call.heard).toBe(`${GREETING}We open at nine.`);
  });

  it.each([
    ['both ways', { socketFails: 'TTS_UNAVAILABLE', httpFails: 'TTS_UNAVAILABLE' }],
    ['a quota that is spent', { socketFails: 'TTS_QUOTA' }],
    ['a wrong key', { socketFails: 'TTS_AUTH' }],
  ] satisfies [string, { socketFails: FaultCode; httpFails?: FaultCode }][])(
    'that nothing helps against lets the next verb run: %s',
    (_, how) => {
      const call = new Conversation();
      call.voice = { firstAudioMs: 150, ...how };
      call.start().run(2000);
      expect(call.closed?.reason).toBe('provider-failure');
      expect(call.call).toMatchObject({ status: 'failed', endReason: 'provider-failure' });
    },
  );

  it('in mid-sentence repeats nothing that was sent', () => {
    const call = greeted([
      { text: 'We open at nine. We close at six in the evening.', tokenMs: 60 },
    ]);
    call.say('when do you open');
    call.runUntil(() => call.heard.endsWith('We op'));
    call.feed({
      kind: 'tts-error',
      route: { transport: 'socket', voice: 0 },
      fault: fault('TTS_UNAVAILABLE'),
    });
    call.run(1500).runUntilListening();
    expect(call.heard).toBe(`${GREETING}We open at nine. We close at six in the evening.`);
  });

  it('without alignment is heard all the same', () => {
    const call = new Conversation([{ text: 'We open at nine.' }]);
    call.voice = { firstAudioMs: 150, isUnaligned: true, saysDone: true };
    call.start().runUntilListening();
    call.say('when do you open');
    call.run(1500).runUntilListening();
    expect(call.turn(1).heard).toBe('We open at nine.');
  });
});

describe('a fault of speech recognition', () => {
  it('that may pass is tried again', () => {
    const call = greeted([{ text: 'Yes.' }]);
    call.sttFails('STT_UNAVAILABLE');
    call.run(100);
    call.say('hello again');
    call.run(1500).runUntilListening();
    expect(call.turn(1).understood).toBe('hello again');
    expect(call.call?.errors.map((error) => error.code)).toEqual(['STT_UNAVAILABLE']);
  });

  it.each(['STT_AUTH', 'STT_QUOTA', 'STT_BAD_REQUEST'] as const)(
    '%s hands the call on after a word to the caller',
    (code) => {
      const call = new Conversation().start().run(300);
      call.sttFails(code);
      call.runUntil(() => call.closed !== undefined);
      expect(call.heard).toBe(GREETING + FAILURE);
      expect(call.closed?.reason).toBe('provider-failure');
    },
  );

  it('that comes back every time hands the call on', () => {
    const call = greeted();
    for (let i = 0; i < 5; i++) {
      call.sttFails('STT_UNAVAILABLE');
      call.run(1550);
    }
    call.runUntil(() => call.closed !== undefined);
    expect(call.heard).toBe(GREETING + FAILURE);
  });

  it('that is deafness is noticed and spoken about', () => {
    const call = greeted();
    call.stt = { delayMs: 150, isDeaf: true };
    call.say('is there anybody who can hear me now');
    call.run(6000);
    expect(call.heard).toBe(`${GREETING}I did not catch that.`);
    expect(call.codes()).toEqual(['STT_DEAF']);
  });
});

describe('a missing key', () => {
  it.each(['stt', 'llm'] as const)('of %s is spoken about, then the next verb runs', (which) => {
    const missing = { [which]: fault(which === 'stt' ? 'STT_KEY_MISSING' : 'LLM_KEY_MISSING') };
    const call = new Conversation().start(missing);
    call.runUntil(() => call.closed !== undefined);
    expect(call.heard).toBe(FAILURE);
    expect(call.call?.errors).toHaveLength(1);
  });

  it('of the voice lets the next verb run at once', () => {
    const call = new Conversation().start({ tts: fault('TTS_KEY_MISSING') });
    expect(call.closed?.reason).toBe('provider-failure');
    expect(call.codes()).toEqual(['TTS_KEY_MISSING']);
  });
});

describe('a peer that returns no marks', () => {
  it('does not hold up the conversation', () => {
    const call = new Conversation([{ text: 'Yes.' }]);
    call.losesMarks = true;
    call.start().runUntilListening();
    expect(call.turn(0)).toMatchObject({ heard: '', errors: [{ code: 'MARKS_MISSING' }] });
    call.say('are you there');
    call.run(3000);
    expect(call.heard.endsWith('Yes.')).toBe(true);
  });
});

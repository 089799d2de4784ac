import { MESSAGE_BYTES_MAX } from '@patchcord/shared/media-streams/limits';
import { signTwilioRequest } from '@patchcord/shared/twilio/signature';
import { newSid } from '@patchcord/shared/twilio/sid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TwilioCall } from './twilio-call.ts';
import { AUTH_TOKEN, World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await World.start({ vars: { FALLBACK_TWIML: '<Dial>+60312345678</Dial>' } });
});
afterAll(() => world.stop());

/** Chinese has no spaces, and pieces of it that are spoken one by one are heard as words. */
const unspaced = (text: string): string => text.replaceAll(/\s/gu, '');

describe('a call on workerd', () => {
  it('understands and says every character, over several turns and three languages', async () => {
    const call = await world.dialAndListen({ customParameters: { From: '+6012', To: '+603' } });
    const turns = [
      ['I want a table for two.', 'I have noted: I want a table for two. Is there anything else?'],
      [
        'Pukul berapa anda buka?',
        'Anda tanya: Pukul berapa anda buka? Kami buka dari pukul sembilan hingga enam.',
      ],
      ['你们几点开门？', '您问的是：你们几点开门？ 我们早上九点到晚上六点营业。'],
    ] as const;
    for (const [caller, agent] of turns) {
      const before = call.heard;
      call.say(caller);
      await call.until(() => unspaced(call.heardSince(before)) === unspaced(agent));
      await call.until(() => !call.isPlaying);
    }
    call.say('Goodbye.');
    await call.until(() => call.closed !== undefined);
    expect(call.closed).toEqual({ code: 1000, reason: 'agent-hangup' });
    expect(call.heard.endsWith('Thank you for calling. Goodbye!')).toBe(true);
    expect(call.failures).toEqual([]);

    const report = await world.finalReport(call.callSid);
    expect(report).toMatchObject({
      callSid: call.callSid,
      status: 'completed',
      endReason: 'agent-hangup',
      from: '+6012',
      to: '+603',
      errors: [],
    });
    expect(report.turns.map((turn) => turn.kind)).toEqual(['greeting', ...Array(4).fill('reply')]);
    expect(report.turns.slice(1, 4).map((turn) => [turn.understood, turn.agent])).toEqual(turns);
    for (const turn of report.turns) {
      expect(turn.heard).toBe(turn.agent);
      expect(turn.errors).toEqual([]);
      // The model is asked, and the voice, before it is certain that the caller has finished.
      const { endOfTurn, ...others } = turn.waterfallMs;
      expect(endOfTurn === undefined).toBe(turn.kind === 'greeting');
      const stages = Object.values(others);
      expect(stages).toEqual(stages.toSorted((a, b) => a - b));
    }
  });

  it('keeps in its history exactly what was heard before a barge-in', async () => {
    const call = await world.dialAndListen();
    call.say('When are you open?');
    await call.until(() => call.heard.includes('We are open'));
    const heardAtOnset = call.heard;
    call.say('And on Sunday?');
    // How soon is judged in virtual time: tests/scenarios.
    await call.until(() => call.clears === 1);
    await call.until(() => call.heard.endsWith('You said: And on Sunday?'));
    await call.until(() => !call.isPlaying);
    call.hangUp();

    const { turns } = await world.finalReport(call.callSid);
    const [, cut, next] = turns;
    expect(cut).toMatchObject({ understood: 'When are you open?', interrupted: true });
    expect(next).toMatchObject({ understood: 'And on Sunday?', interrupted: false });
    const heard = cut?.heard ?? '';
    expect(cut?.agent.startsWith(heard)).toBe(true);
    expect(cut?.agent.length).toBeGreaterThan(heard.length);
    expect(world.lastMessages()).toEqual([
      'assistant: Hello!',
      'user: When are you open?',
      `assistant: ${heard}`,
      'user: And on Sunday?',
    ]);
    // At least what the caller had heard when he began to speak; a word that was cut off does not count.
    const words = call.heard.slice('Hello! '.length, -' You said: And on Sunday?'.length);
    expect(heard.length).toBeGreaterThanOrEqual(heardAtOnset.slice('Hello! '.length).length);
    expect(words.startsWith(heard)).toBe(true);
    expect(words.slice(heard.length).trim().split(' ').length).toBeLessThanOrEqual(1);
  });

  it('asks again when the caller goes on before the answer, and stops the model upstream', async () => {
    const call = await world.dialAndListen();
    const { openrouter } = world.standins;
    const abortedBefore = openrouter.abortedCount;
    openrouter.next({ firstTokenMs: 1400 });
    const total = openrouter.requests.total;
    call.say('I want a table');
    await call.until(() => openrouter.requests.total > total);
    call.say('for two.');
    await call.untilHeard('I have noted: I want a table for two. Is there anything else?');
    expect(openrouter.abortedCount).toBe(abortedBefore + 1);
    expect(world.lastMessages()).toEqual(['assistant: Hello!', 'user: I want a table for two.']);
    call.hangUp();
    const { turns } = await world.finalReport(call.callSid);
    expect(turns).toHaveLength(2);
    expect(turns[1]).toMatchObject({
      understood: 'I want a table for two.',
      heard: 'I have noted: I want a table for two. Is there anything else?',
      interrupted: false,
    });
    expect(call.clears).toBe(0);
  });

  it('is found by its SID although the URL of its stream does not name it', async () => {
    const call = await world.dialAndListen({ isNamed: false });
    expect(await world.report(call.callSid)).toMatchObject({ status: 'in-progress' });
    call.hangUp();
    expect(await world.finalReport(call.callSid)).toMatchObject({ endReason: 'caller-hangup' });
  });

  it.each([
    ['a goodbye', (call: TwilioCall) => call.say('Goodbye.'), '<Hangup/>'],
    ['a lost stream', (call: TwilioCall) => call.drop(), '<Dial>+60312345678</Dial>'],
  ])('goes on after its stream as its end deserves: %s', async (_, end, verbs) => {
    const call = await world.dialAndListen();
    end(call);
    await world.finalReport(call.callSid);
    const url = `${world.edge.url}/voice/ended`;
    const form = { CallSid: call.callSid, CallStatus: 'in-progress' };
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'X-Twilio-Signature': await signTwilioRequest(AUTH_TOKEN, url, form) },
      body: new URLSearchParams(form),
    });
    expect(await response.text()).toContain(`<Response>${verbs}</Response>`);
  });

  it('goes the way of the TwiML that the voice webhook answers', async () => {
    const callSid = newSid('CA');
    const url = `${world.edge.url}/voice`;
    const form = { CallSid: callSid, From: '+6012', To: '+603', CallStatus: 'ringing' };
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'X-Twilio-Signature': await signTwilioRequest(AUTH_TOKEN, url, form) },
      body: new URLSearchParams(form),
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('Content-Type')).toBe('text/xml; charset=utf-8');
    expect(await response.text()).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><Response><Connect>' +
        `<Stream url="${world.edge.wsUrl}/media/${callSid}">` +
        '<Parameter name="From" value="+6012"/><Parameter name="To" value="+603"/>' +
        '</Stream></Connect><Redirect>/voice/ended</Redirect></Response>',
    );
    const call = await world.dialAndListen({ callSid });
    call.hangUp();
  });

  it('takes keys of the keypad for a turn', async () => {
    const call = await world.dialAndListen();
    for (const digit of '42#') call.press(digit);
    await call.until(() => call.heard.includes('keypad: forty-two#'));
    call.hangUp();
    const { turns } = await world.finalReport(call.callSid);
    expect(turns[1]?.understood).toBe('[keypad: 42#]');
  });

  it('ends as lost when the connection goes without a word', async () => {
    const call = await world.dialAndListen();
    call.say('When are you');
    call.drop();
    expect(await world.finalReport(call.callSid)).toMatchObject({
      status: 'failed',
      endReason: 'stream-lost',
    });
  });

  it('is taken over by a second stream, whose turns follow on', async () => {
    const first = await world.dialAndListen();
    const second = await world.dial({ callSid: first.callSid });
    await first.until(() => first.closed !== undefined);
    expect(first.closed?.reason).toBe('stream-replaced');
    await second.untilHeard('Hello!');
    second.hangUp();
    const report = await world.finalReport(first.callSid);
    expect(report.turns.map((turn) => turn.index)).toEqual([0, 1]);
    expect(report.endReason).toBe('caller-hangup');
  });

  it('goes on whatever else the peer sends', async () => {
    const call = await world.dialAndListen();
    const media = (payload: string, streamSid: string) =>
      JSON.stringify({
        event: 'media',
        sequenceNumber: '1',
        streamSid,
        media: { track: 'inbound', chunk: '1', timestamp: '1', payload },
      });
    call.sendRaw(new Uint8Array([1, 2, 3]));
    call.sendRaw('{');
    call.sendRaw('[]');
    call.sendRaw('{"event":"dance"}');
    call.sendRaw('{"event":"media"}');
    call.sendRaw(media('AAAA', 'MZ00000000000000000000000000000000'));
    call.sendRaw('x'.repeat(MESSAGE_BYTES_MAX + 1));
    const before = call.heard;
    call.say('Are you well?');
    await call.until(() => call.heardSince(before) === 'You said: Are you well?');
    call.hangUp();
    const codes = world.logs.flatMap((line) =>
      line.includes(call.callSid) ? (/"code":"(STREAM_[A-Z0-9_]+)"/.exec(line)?.[1] ?? []) : [],
    );
    expect(codes).toEqual([
      'STREAM_BINARY',
      'STREAM_NOT_JSON',
      'STREAM_NOT_JSON',
      'STREAM_UNKNOWN_EVENT',
      'STREAM_BAD_FIELD',
      'STREAM_WRONG_SID',
      'STREAM_TOO_LARGE',
    ]);
  });

  it('is one of several at once', async () => {
    const texts = ['One one one.', 'Two two two.', 'Three three.', 'Four four four.'];
    await Promise.all(
      texts.map(async (text) => {
        const call = await world.dialAndListen();
        const before = call.heard;
        call.say(text);
        await call.until(() => call.heardSince(before) === `You said: ${text}`);
        call.hangUp();
      }),
    );
  });
});

describe('a call whose recognition is as Azure writes it', () => {
  it('keeps its place through new turns of the service and hypotheses in lower case', async () => {
    const azureSpeech = { phrasesPerTurn: 1, hypothesisText: 'lexical' } as const;
    const azure = await World.start({ standins: { azureSpeech } });
    try {
      const call = await azure.dialAndListen();
      for (const text of ['Are you well?', 'Is it you, Ali?', 'And Siti?']) {
        const before = call.heard;
        call.say(text);
        // The model is asked before the punctuation is there.
        const plain = text.toLowerCase().replaceAll(/[?,]/gu, '');
        await call.until(() => call.heardSince(before) === `You said: ${plain}.`);
        await call.until(() => !call.isPlaying);
      }
      call.hangUp();
      const { turns } = await azure.finalReport(call.callSid);
      expect(turns.map((turn) => turn.interrupted).slice(0, 3)).toEqual([false, false, false]);
      // The transcript has it as recognition finally writes it.
      expect(turns[1]?.understood).toBe('Are you well?');
      expect(turns[2]?.understood).toBe('Is it you, Ali?');
    } finally {
      await azure.stop();
    }
  });
});

/** Calls of ours: who or what has answered, and what the agent does about it. */

import type { VoicemailOptions } from '@patchcord/edge/src/call/core/settings.ts';
import { describe, expect, it } from 'vitest';
import { PHRASES, SETTINGS } from '@patchcord/edge/src/call/core/settings.test-support.ts';
import { Conversation } from './conversation.ts';

const MESSAGE = 'This is the clinic. Please call us back.';
const { greeting: GREETING } = PHRASES;

function outbound(mode: VoicemailOptions['mode'] = 'leave-message', greeting: string = GREETING) {
  const phrases = { en: { ...PHRASES, greeting, voicemail: MESSAGE } };
  const call = new Conversation([], { ...SETTINGS, phrases, voicemail: { mode } });
  return call.start({}, { Direction: 'outbound-api' });
}

/** When the agent was first heard, on the clock of the call. */
function firstHeardAt(call: Conversation): number {
  const frame = call.frames.findIndex(({ isAgent }) => isAgent);
  return frame < 0 ? Infinity : 1000 + frame * 20;
}

describe('a person who answers', () => {
  it('is greeted within half a second of the last sound of his hello, and the greeting was voiced before', () => {
    const call = outbound();
    call.voice = { firstAudioMs: 900 };
    const saidAt = call.say('hello who is this', 300);
    call.run(3000);
    expect(firstHeardAt(call) - saidAt).toBeGreaterThan(300);
    expect(firstHeardAt(call) - saidAt).toBeLessThanOrEqual(500);
    call.runUntilListening();
    expect(call.heard).toBe(GREETING);
    expect(call.turn(0)).toMatchObject({ kind: 'greeting', understood: 'hello who is this' });
  });

  it('who says nothing is greeted within half a second of the answer', () => {
    const call = outbound();
    call.run(3000);
    // Twenty there, and twenty of the frame.
    expect(firstHeardAt(call) - 1000).toBeLessThanOrEqual(560);
    expect(call.heard.length).toBeGreaterThan(0);
  });

  it('is answered like anybody else, and the model knows what he said first', () => {
    const call = outbound();
    call.say('hello', 200);
    call.run(1500).runUntilListening();
    call.say('who is calling please', 100);
    call.run(3000).runUntilListening();
    expect(call.heard).toBe(`${GREETING}Yes.`);
    expect(call.told.slice(0, 2)).toEqual(['user: hello', `assistant: ${GREETING}`]);
    call.hangUp();
    expect(call.call).toMatchObject({ answeredBy: 'person', endReason: 'caller-hangup' });
  });

  it('who was met may speak of messages and tones', () => {
    const call = outbound();
    call.say('hello', 200);
    call.run(1500).runUntilListening();
    call.say('yes speaking', 100);
    call.run(2500).runUntilListening();
    call.say('please leave a message after the beep', 100);
    call.beep(500, 2200);
    call.run(6000).runUntilListening();
    expect(call.closed).toBeUndefined();
    expect(call.heard).toBe(`${GREETING}Yes.Yes.`);
  });

  it.each(['human', 'unknown', 'something else'])(
    'is not kept waiting by a verdict that says %s',
    (verdict) => {
      const call = outbound();
      call.say('hello', 200);
      call.run(1000);
      call.feed({ kind: 'answered-by', answeredBy: verdict });
      call.runUntilListening();
      expect(call.heard).toBe(GREETING);
    },
  );
});

describe('a mailbox', () => {
  const ANNOUNCEMENT = 'you have reached bob please leave a message after the tone';

  it('is told by its words, and the message is left behind its beep, from its first word', () => {
    const call = outbound();
    const saidAt = call.say(ANNOUNCEMENT, 200);
    call.beep(500, saidAt + 700 - call.now);
    const beepEndAt = saidAt + 1200;
    call.run(4500);
    expect(firstHeardAt(call) - beepEndAt).toBeGreaterThan(0);
    expect(firstHeardAt(call) - beepEndAt).toBeLessThan(400);
    call.runUntil(() => call.closed !== undefined);
    expect(call.heard).toBe(MESSAGE);
    expect(call.call).toMatchObject({
      answeredBy: 'machine',
      endReason: 'machine',
      status: 'completed',
    });
    expect([...call.turns.values()].at(-1)).toMatchObject({ kind: 'voicemail', heard: MESSAGE });
  });

  it('that says who it is and pauses is greeted, and the greeting taken back', () => {
    const call = outbound();
    call.say('hi you have reached bob', 200);
    const saidAt = call.say('i cannot come to the phone leave a message', 2000);
    call.beep(400, saidAt + 600 - call.now);
    call.runUntil(() => call.closed !== undefined);
    expect(call.heard.endsWith(MESSAGE)).toBe(true);
    expect(call.heard.length).toBeLessThan(GREETING.length + MESSAGE.length);
    expect(call.call?.endReason).toBe('machine');
  });

  it('without a beep is left its message two seconds after its last word', () => {
    const call = outbound();
    const saidAt = call.say(ANNOUNCEMENT, 200);
    call.runUntil(() => call.closed !== undefined);
    expect(call.heard).toBe(MESSAGE);
    expect(firstHeardAt(call) - saidAt).toBeGreaterThanOrEqual(2000);
    expect(firstHeardAt(call) - saidAt).toBeLessThan(2600);
  });

  it('that beeps while the message is under way hears it once more, from its beginning, and not a third time', () => {
    const call = outbound();
    const saidAt = call.say(ANNOUNCEMENT, 200);
    call.beep(400, saidAt + 3000 - call.now);
    call.beep(400, saidAt + 4500 - call.now);
    call.runUntil(() => call.closed !== undefined);
    expect(call.heard.endsWith(MESSAGE)).toBe(true);
    expect(call.heard.split('This is').length - 1).toBe(2);
  });

  it('of few words is told by its beep, also over the greeting', () => {
    const call = outbound();
    call.say('bob here', 200);
    call.beep(600, 2000);
    call.runUntil(() => call.closed !== undefined);
    expect(call.heard.endsWith(MESSAGE)).toBe(true);
    expect(call.call).toMatchObject({ answeredBy: 'machine' });
  });

  it('that speaks without a pause is told by the length of it', () => {
    const call = outbound('hang-up');
    call.say('la '.repeat(60).trim(), 200);
    call.runUntil(() => call.closed !== undefined);
    expect(call.heard).toBe('');
    expect(call.call).toMatchObject({ answeredBy: 'machine', endReason: 'machine' });
    expect(call.now - 1000).toBeLessThan(7000);
  });

  it.each([
    ['machine_start', 'machine'],
    ['fax', 'nobody'],
  ])('is believed to be one when detection elsewhere says %s', (verdict, answeredBy) => {
    const call = outbound('hang-up');
    call.run(400);
    call.feed({ kind: 'answered-by', answeredBy: verdict });
    expect(call.closed?.reason).toBe('machine');
    expect(call.call).toMatchObject({ answeredBy });
    expect(call.heard).toBe('');
  });

  it('whose announcement is over, as detection elsewhere says, is spoken to at once', () => {
    const call = outbound();
    call.say('la la la la la la la la', 0);
    call.run(1500);
    call.feed({ kind: 'answered-by', answeredBy: 'machine_end_beep' });
    const at = call.now;
    call.run(800);
    expect(firstHeardAt(call) - at).toBeLessThan(300);
    call.runUntil(() => call.closed !== undefined);
    expect(call.heard).toBe(MESSAGE);
  });

  it('is hung up on where no message is to be left', () => {
    const call = outbound('hang-up');
    call.say(ANNOUNCEMENT, 200);
    call.runUntil(() => call.closed !== undefined);
    expect(call.closed?.reason).toBe('machine');
    expect(call.heard).toBe('');
  });

  it('with nobody behind it is hung up on, whatever is set', () => {
    const call = outbound();
    call.say('the number you have dialled is not in service', 200);
    call.runUntil(() => call.closed !== undefined);
    expect(call.call).toMatchObject({ endReason: 'machine', answeredBy: 'nobody' });
    expect(call.heard).toBe('');
  });

  it('is talked to where machines are ignored, and on calls that came in', () => {
    for (const call of [outbound('ignore'), inbound()]) {
      call.say(ANNOUNCEMENT, 200);
      call.run(8000).runUntilListening();
      expect(call.closed).toBeUndefined();
      expect(call.heard.startsWith(GREETING.slice(0, 4))).toBe(true);
      expect(call.call?.answeredBy).toBeUndefined();
    }
  });

  it('whose announcement does not end is given up', () => {
    const call = outbound();
    call.say(`${ANNOUNCEMENT} ${'la '.repeat(400)}`.trim(), 200);
    call.run(70_000);
    expect(call.closed?.reason).toBe('machine');
    expect(call.heard).toBe('');
  });
});

it('an agent that waits for the other side to speak watches too', () => {
  const call = outbound('leave-message', '');
  call.say('you have reached bob please leave a message', 400);
  call.runUntil(() => call.closed !== undefined);
  expect(call.heard.endsWith(MESSAGE)).toBe(true);
});

it('whoever hangs up before anything was heard leaves nothing open', () => {
  const call = outbound();
  call.run(200);
  call.hangUp();
  expect(call.call).toMatchObject({ endReason: 'caller-hangup', status: 'completed' });
  expect(call.outputs.filter((kind) => kind === 'tts-speak')).toHaveLength(
    call.outputs.filter((kind) => kind === 'tts-close').length,
  );
});

function inbound(): Conversation {
  const settings = { ...SETTINGS, voicemail: { mode: 'leave-message' } as const };
  return new Conversation([], settings).start({}, { Direction: 'inbound' });
}

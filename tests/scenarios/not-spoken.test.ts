/** Turns that are no speech: keys that were pressed, a transfer that failed. What was said before them is another turn. */

import { describe, expect, it } from 'vitest';
import { SETTINGS } from '@patchcord/edge/src/call/core/settings.test-support.ts';
import { Conversation } from './conversation.ts';
import type { Answer } from './world/scripted-model.ts';

const TRANSFER = { id: 'a', name: 'transfer', argumentsJson: '{"target":"front desk"}' };

function answeredOnce(second: Answer): Conversation {
  const call = new Conversation([{ text: 'Please type it.' }, second], SETTINGS, true);
  call.start().runUntilListening();
  call.say('what is my balance');
  call.runUntil(() => call.heard.endsWith('type it.')).runUntilListening();
  return call;
}

function press(call: Conversation, digits: string): void {
  for (const digit of digits) call.feed({ kind: 'dtmf', digit });
}

describe('keys that are pressed after something was said', () => {
  it('are the next turn, and not what was said before', () => {
    const call = answeredOnce({ text: 'Forty ringgit.', firstTokenMs: 800 });
    press(call, '42#');
    call.run(4000);
    expect(call.turn(2)).toMatchObject({ understood: '[keypad: 42#]', heard: 'Forty ringgit.' });
    expect(call.told.filter((line) => line.includes('keypad'))).toHaveLength(1);
    expect(call.told.filter((line) => line.includes('balance'))).toHaveLength(1);
  });

  it('are the next turn also where they cut the agent off', () => {
    const long = 'Please type your account number, and then the hash key.';
    const call = new Conversation([{ text: long }, { text: 'Forty ringgit.', firstTokenMs: 800 }]);
    call.start().runUntilListening();
    call.say('what is my balance');
    call.runUntil(() => call.heard.endsWith('number'));
    press(call, '42#');
    call.run(4000);
    expect(call.turn(2)).toMatchObject({ understood: '[keypad: 42#]', heard: 'Forty ringgit.' });
    expect(call.told.filter((line) => line.includes('balance'))).toHaveLength(1);
  });

  it('are with what is said along with them', () => {
    const call = answeredOnce({ text: 'Forty ringgit.', firstTokenMs: 800 });
    call.say('it is');
    call.run(550);
    press(call, '42#');
    call.run(4000);
    expect(call.turn(2).understood).toBe('it is [keypad: 42#]');
  });

  it.each([
    ['a cough', (call: Conversation) => call.noise(300)],
    ['a word', (call: Conversation) => void call.say('okay')],
  ])('are not forgotten for %s while they are answered', (_, disturb) => {
    const call = answeredOnce({ text: 'Forty ringgit.', firstTokenMs: 1200 });
    press(call, '42#');
    call.run(200);
    disturb(call);
    call.run(6000);
    expect(call.turn(2).understood).toBe('[keypad: 42#]');
    expect(call.heard).toContain('Forty');
  });
});

it('a transfer that failed is told to the model, and what was said before it is not asked again', () => {
  const call = new Conversation(
    [
      { text: 'I connect you.', calls: [TRANSFER] },
      { text: 'Nobody is there.', firstTokenMs: 800 },
    ],
    SETTINGS,
    true,
  );
  call.start().runUntilListening();
  call.say('give me the front desk');
  call.runUntil(() => call.transfers.length === 1);
  const transferId = call.transfers[0]?.transferId ?? '';
  call.feed({ kind: 'transfer-progress', transferId, status: 'failed', reason: 'busy' });
  call.run(5000);
  expect(call.turn(2)).toMatchObject({
    understood: '[the transfer failed: busy]',
    heard: 'Nobody is there.',
  });
  expect(call.transfers).toHaveLength(1);
});

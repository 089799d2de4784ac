/**
 * With genuine Twilio the edge speaks Twilio's wire and nothing else. Twilio warns of a field too many (31951), so each frame of
 * a whole conversation is held to a strict schema: the three messages, these fields, these types.
 *
 * @see https://www.twilio.com/docs/voice/media-streams/websocket-messages (messages to Twilio)
 */

import { MESSAGE_BYTES_MAX } from '@patchcord/shared/media-streams/limits';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.stop());

const streamSid = z.string().regex(/^MZ[0-9a-f]{32}$/u);
const MESSAGE = z.discriminatedUnion('event', [
  z.strictObject({
    event: z.literal('media'),
    streamSid,
    media: z.strictObject({ payload: z.base64().min(4).max(MESSAGE_BYTES_MAX) }),
  }),
  z.strictObject({
    event: z.literal('mark'),
    streamSid,
    mark: z.strictObject({ name: z.string().min(1) }),
  }),
  z.strictObject({ event: z.literal('clear'), streamSid }),
]);

test('a conversation with an interruption, keys and a goodbye is made of media, mark and clear', async () => {
  const call = await world.dialAndListen();
  call.say('When are you open?');
  await call.until(() => call.heard.includes('We are open'));
  call.say('And on Sunday?');
  await call.until(() => call.clears === 1);
  await call.until(() => call.heard.endsWith('You said: And on Sunday?'));
  call.press('5');
  await call.until(() => !call.isPlaying);
  call.say('Goodbye.');
  await call.until(() => call.closed !== undefined);

  expect(call.upgradeHeaders).toMatchObject({ upgrade: 'websocket' });
  for (const name of [
    'x-patchcord',
    'sec-websocket-protocol',
    'sec-websocket-extensions',
    'set-cookie',
  ]) {
    expect(call.upgradeHeaders).not.toHaveProperty(name);
  }
  const messages = call.received.map((text) => MESSAGE.parse(JSON.parse(text)));
  expect(new Set(messages.map((message) => message.streamSid)).size).toBe(1);
  expect(new Set(messages.map(({ event }) => event))).toEqual(new Set(['media', 'mark', 'clear']));
  expect(call.failures).toEqual([]);
});

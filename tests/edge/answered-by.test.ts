/** Who or what took a call of ours: the verdict of machine detection, on its way to the conversation. In workerd. */

import { newSid } from '@patchcord/shared/twilio/sid';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { postSigned } from './signed-webhook.ts';
import { World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.stop());

/** As Twilio's `AsyncAmdStatusCallback` has it. */
function tell(callSid: string, AnsweredBy: string, authToken?: string): Promise<Response> {
  const form = {
    CallSid: callSid,
    AccountSid: newSid('AC'),
    AnsweredBy,
    MachineDetectionDuration: '4120',
  };
  return postSigned(`${world.edge.url}/voice/answered-by`, form, authToken);
}

/** Verdicts that the conversation of the call was told. */
function verdictsOf(callSid: string): string[] {
  return world.logs.flatMap((line) => {
    if (!line.includes(callSid) || !line.includes('"answered-by"')) return [];
    const { message } = JSON.parse(line) as { message: string };
    return [message];
  });
}

describe('a verdict by callback', () => {
  it.each([
    'human',
    'machine_start',
    'machine_end_beep',
    'machine_end_silence',
    'machine_end_other',
    'fax',
    'unknown',
  ])('reaches the conversation: %s', async (answeredBy) => {
    const call = await world.dial();
    expect((await tell(call.callSid, answeredBy)).status).toBe(204);
    await vi.waitFor(() => expect(verdictsOf(call.callSid)).toEqual([answeredBy]));
    call.hangUp();
  });

  it('reaches a stream whose URL does not name the call', async () => {
    const call = await world.dialAndListen({ isNamed: false });
    expect((await tell(call.callSid, 'machine_start')).status).toBe(204);
    await vi.waitFor(() => expect(verdictsOf(call.callSid)).toEqual(['machine_start']));
    call.hangUp();
  });

  it.each([[true], [false]])(
    'is kept for a stream that comes later, named by its URL: %s',
    async (isNamed) => {
      const callSid = newSid('CA');
      expect((await tell(callSid, 'machine_end_beep')).status).toBe(204);
      const call = await world.dial({ callSid, isNamed });
      await vi.waitFor(() => expect(verdictsOf(callSid)).toEqual(['machine_end_beep']));
      call.hangUp();
    },
  );

  it('does no harm to a call that is over', async () => {
    const call = await world.dialAndListen();
    call.hangUp();
    const { endReason } = await world.finalReport(call.callSid);
    expect((await tell(call.callSid, 'machine_start')).status).toBe(204);
    expect((await world.report(call.callSid)).endReason).toBe(endReason);
    expect(verdictsOf(call.callSid)).toEqual([]);
  });

  it('is refused unless it is signed, and one that Twilio knows', async () => {
    const call = await world.dial();
    expect((await tell(call.callSid, 'machine_start', 'another token')).status).toBe(403);
    for (const word of ['', 'Human', 'machine', '__proto__', 'toString']) {
      const response = await tell(call.callSid, word);
      expect([word, response.status]).toEqual([word, 400]);
      expect(await response.json()).toMatchObject({ error: { code: 'FORM_INVALID' } });
    }
    expect((await tell('CA1', 'human')).status).toBe(400);
    expect((await tell(call.callSid, 'fax')).status).toBe(204);
    await vi.waitFor(() => expect(verdictsOf(call.callSid)).toEqual(['fax']));
    call.hangUp();
  });
});

describe('a verdict that was waited for', () => {
  const FORM = { CallSid: newSid('CA'), From: '+60312345678', Direction: 'outbound-api' };

  it('goes from the voice webhook to the parameters of the stream', async () => {
    const ask = async (AnsweredBy: string): Promise<string> => {
      const response = await postSigned(`${world.edge.url}/voice`, { ...FORM, AnsweredBy });
      return await response.text();
    };
    expect(await ask('machine_end_beep')).toContain(
      '<Parameter name="AnsweredBy" value="machine_end_beep"/>',
    );
    expect(await ask('nobody')).not.toContain('AnsweredBy');
  });

  it('follows the start of the stream', async () => {
    const call = await world.dial({ customParameters: { AnsweredBy: 'machine_end_beep' } });
    await vi.waitFor(() => expect(verdictsOf(call.callSid)).toEqual(['machine_end_beep']));
    call.hangUp();
    const other = await world.dialAndListen({ customParameters: { AnsweredBy: 'nobody' } });
    expect(verdictsOf(other.callSid)).toEqual([]);
    other.hangUp();
  });
});

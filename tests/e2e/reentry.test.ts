/** A dialplan that sends a caller whom it gets back straight into the app again: a second call, not silence. */

import { describe, expect, test } from 'vitest';
import { TestHandler } from '../relay/handler.ts';
import { RelayUnderTest } from '../relay/relay-under-test.ts';
import { startAsteriskPbx } from '../rig/asterisk-pbx.ts';
import { requireAsterisk } from '../rig/requirement.ts';

const DIALPLAN = `[from-phone](+)
exten => 700,1,Stasis(patchcord,inbound)
 same => n,Stasis(patchcord,inbound)
 same => n,Stasis(patchcord,inbound)
 same => n,Goto(human,s,1)
`;

describe.each([22, 16] as const)('Asterisk %i', async (major) => {
  const { available, reason } = await requireAsterisk(major);

  test.skipIf(!available)(`a caller enters again and again ${reason ?? ''}`, async () => {
    await using handler = await TestHandler.start({
      onMessage: ({ event }, stream) => {
        // The first two streams break at once; the third is good.
        if (event === 'start' && handler.streams.all.length < 3) stream.socket.terminate();
      },
    });
    await using pbx = await startAsteriskPbx({ major, shape: 'plain', dialplan: DIALPLAN });
    await using relay = await RelayUnderTest.start(pbx, { STREAM_URL: handler.streamUrl });
    const phone = await pbx.dial({ extension: '700' });
    const third = await handler.streams.until('a third stream', ({ request }) => {
      return handler.streams.all[2]?.request === request;
    });
    await third.messages.until('audio', ({ event }) => event === 'media');
    await phone.hangup();
    await third.messages.until('stop', ({ event }) => event === 'stop');
    await relay.idle();
    await expect.poll(() => pbx.leftovers()).toEqual({ channels: [], bridges: [] });
    expect(relay.relay.counters.calls).toBe(3);
    expect(relay.relay.portsTaken).toBe(0);
  });
});

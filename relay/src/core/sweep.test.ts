import { expect, test } from 'vitest';
import { bridgeId, callSidOf, mediaChannelId } from './ari-ids.ts';
import { planSweep, type ListedChannel } from './sweep.ts';

const DEAD = `CA${'d'.repeat(32)}`;
const ALIVE = `CA${'a'.repeat(32)}`;
const APP = 'patchcord';

function channel(id: string, appData?: string): ListedChannel {
  return { id, dialplan: appData === undefined ? {} : { app_name: 'Stasis', app_data: appData } };
}

test('leftovers go, callers go back to the dialplan, and whatever is not provably ours stays', () => {
  const plan = planSweep({
    app: APP,
    channels: [
      channel(mediaChannelId(APP, DEAD), ''),
      channel(mediaChannelId(APP, ALIVE), ''),
      channel(mediaChannelId('patchcord-2', DEAD), ''),
      channel('caller-of-dead', 'patchcord,inbound'),
      channel('caller-of-living', 'patchcord,inbound'),
      channel('caller-not-yet-bridged', 'patchcord'),
      channel('caller-of-another-app', 'patchcord-2,inbound'),
      channel('caller-in-the-dialplan'),
      channel('patchcord.patchcord.something-else'),
    ],
    bridges: [
      {
        id: bridgeId(APP, DEAD),
        channels: ['caller-of-dead', 'caller-in-our-bridge', mediaChannelId(APP, DEAD)],
      },
      { id: bridgeId(APP, ALIVE), channels: ['caller-of-living', mediaChannelId(APP, ALIVE)] },
      { id: bridgeId('patchcord-2', DEAD), channels: ['x'] },
      { id: 'somebody-elses', channels: ['y'] },
    ],
    livingCallSids: new Set([ALIVE]),
    livingChannelIds: new Set(['caller-of-living']),
  });
  expect(plan).toEqual({
    returnChannels: ['caller-of-dead', 'caller-in-our-bridge', 'caller-not-yet-bridged'],
    hangupChannels: [mediaChannelId(APP, DEAD)],
    destroyBridges: [bridgeId(APP, DEAD)],
  });
});

test('names are read back, and only whole ones of this app', () => {
  expect(callSidOf(APP, bridgeId(APP, DEAD))).toBe(DEAD);
  expect(callSidOf(APP, mediaChannelId(APP, DEAD))).toBe(DEAD);
  for (const id of [
    '',
    'patchcord',
    `patchcord.${APP}.`,
    `patchcord.${APP}.CA1`,
    bridgeId('other', DEAD),
    `${mediaChannelId(APP, DEAD)}.media`,
  ]) {
    expect(callSidOf(APP, id)).toBeUndefined();
  }
});

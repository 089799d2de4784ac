import { describe, expect, test } from 'vitest';
import { EventHub } from './event-hub.ts';

function socket() {
  const types: string[] = [];
  const send = (text: string) => types.push((JSON.parse(text) as { type: string }).type);
  return { types, send };
}

describe('EventHub', () => {
  test('only who is subscribed hears', () => {
    const hub = new EventHub();
    const [one, two] = [socket(), socket()];
    hub.connect(['one'], one);
    hub.connect(['two'], two);
    hub.subscribe('one', { channelId: 'c' });
    hub.publish({ channelId: 'c' }, { type: 'StasisStart' });
    hub.publish({ bridgeId: 'b' }, { type: 'BridgeDestroyed' });
    expect([one.types, two.types]).toEqual([['StasisStart'], []]);
  });

  test('a second socket takes over; the first is deaf, and its end changes nothing', () => {
    const hub = new EventHub();
    const [one, two] = [socket(), socket()];
    hub.connect(['app'], one);
    hub.subscribe('app', { channelId: 'c' });
    hub.connect(['app'], two);
    hub.publish({ channelId: 'c' }, { type: 'StasisEnd' });
    expect([one.types, two.types]).toEqual([['ApplicationReplaced'], ['StasisEnd']]);
    hub.disconnect(one);
    expect(hub.isActive('app')).toBe(true);
    hub.disconnect(two);
    expect(hub.isActive('app')).toBe(false);
  });

  test('an application without a socket lives as long as its channels', () => {
    const hub = new EventHub();
    const one = socket();
    hub.connect(['app'], one);
    hub.subscribe('app', { channelId: 'c' });
    hub.disconnect(one);
    expect(hub.list()).toMatchObject([{ name: 'app', channel_ids: ['c'] }]);
    hub.unsubscribe('app', { channelId: 'c' });
    expect(hub.list()).toEqual([]);
  });

  test('subscriptions are counted', () => {
    const hub = new EventHub();
    const one = socket();
    hub.connect(['app'], one);
    hub.subscribe('app', { channelId: 'c' });
    hub.subscribe('app', { channelId: 'c' });
    hub.unsubscribe('app', { channelId: 'c' });
    hub.publish({ channelId: 'c' }, { type: 'ChannelDestroyed' });
    expect(one.types).toEqual(['ChannelDestroyed']);
  });
});

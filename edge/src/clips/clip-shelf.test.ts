import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Clip } from '../call/core/speaking/clips.ts';
import { ClipShelf } from './clip-shelf.ts';

const clipOf = (bytes: number): Clip => ({ mulaw: new Uint8Array(bytes) });

describe('clips of an isolate', () => {
  it('make room for each other: the one used longest ago goes first', () => {
    const shelf = new ClipShelf(100);
    shelf.put('a', clipOf(40));
    shelf.put('b', clipOf(40));
    shelf.find('a');
    shelf.put('c', clipOf(40));
    expect(['a', 'b', 'c'].filter((key) => shelf.find(key) !== undefined)).toEqual(['a', 'c']);
  });

  it('are counted once however often they are put', () => {
    const shelf = new ClipShelf(100);
    for (let i = 0; i < 10; i++) shelf.put('a', clipOf(60));
    shelf.put('b', clipOf(40));
    expect(shelf.find('a')).toBeDefined();
    expect(shelf.find('b')).toBeDefined();
  });

  it('are none that would need all the room and more', () => {
    const shelf = new ClipShelf(100);
    shelf.put('a', clipOf(40));
    shelf.put('b', clipOf(101));
    expect(shelf.find('b')).toBeUndefined();
    expect(shelf.find('a')).toBeDefined();
  });
});

describe('work on a clip', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is done once for all who want it', async () => {
    const shelf = new ClipShelf();
    const { promise, resolve } = Promise.withResolvers<Clip>();
    const begin = vi.fn(() => promise);
    const asked = [1, 2, 3].map(() => shelf.share('a', 1000, begin));
    const clip = clipOf(1);
    resolve(clip);
    expect(await Promise.all(asked)).toEqual([clip, clip, clip]);
    expect(begin).toHaveBeenCalledTimes(1);
    await shelf.share('a', 1000, begin);
    expect(begin).toHaveBeenCalledTimes(2);
  });

  it('that went away with its call is waited for no longer, and begun again', async () => {
    const shelf = new ClipShelf();
    const never = new Promise<Clip>(() => undefined);
    void shelf.share('a', 1000, () => never);
    const waiting = shelf.share('a', 1000, () => never);
    await vi.advanceTimersByTimeAsync(1000);
    expect(await waiting).toBeUndefined();
    const clip = clipOf(1);
    expect(await shelf.share('a', 1000, () => Promise.resolve(clip))).toBe(clip);
  });
});

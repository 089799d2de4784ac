import { expect, test } from 'vitest';
import { Playback } from './playback.ts';
import { PlayoutQueue } from './playout-queue.ts';
import { ToneInPauses } from './tone-in-pauses.ts';

test('the tone sounds while there is nothing else, and takes nothing from it', () => {
  const queue = new PlayoutQueue();
  const source = new ToneInPauses(
    queue,
    new Playback(new Uint8Array(160).fill(9), Infinity, () => {}),
  );
  const slot = (): string => {
    source.advance(0);
    const frame = new Uint8Array(160);
    const bytes = source.takeAudio(frame, 0);
    return `${bytes} of ${frame[0]}`;
  };
  expect(slot()).toBe('160 of 9');
  queue.push(new Uint8Array(500).fill(1));
  queue.mark('end');
  expect([slot(), slot(), slot(), slot()]).toEqual(['160 of 1', '160 of 1', '160 of 1', '20 of 1']);
  expect(queue.takePlayedMark()).toBeUndefined();
  expect(slot()).toBe('160 of 9');
  expect(queue.takePlayedMark()).toBe('end');
});

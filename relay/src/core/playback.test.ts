import { expect, test } from 'vitest';
import { Playback } from './playback.ts';

function play(bytes: number, times: number, slots: number): { heard: number[]; endedAt: number } {
  let endedAt = -1;
  let slot = 0;
  const playback = new Playback(
    Uint8Array.from({ length: bytes }, (_, i) => i % 251),
    times,
    () => (endedAt = slot),
  );
  const heard: number[] = [];
  for (; slot < slots; slot++) {
    playback.advance();
    const frame = new Uint8Array(160);
    heard.push(...frame.subarray(0, playback.takeAudio(frame, 0)));
  }
  return { heard, endedAt };
}

test.each([
  [400, 1],
  [320, 1],
  [100, 7],
  [1, 3],
])(
  '%i bytes %i times: every byte once in its turn, ended when the last has played',
  (bytes, times) => {
    const { heard, endedAt } = play(bytes, times, 12);
    const once = Array.from({ length: bytes }, (_, i) => i % 251);
    expect(heard).toEqual(Array.from({ length: times }, () => once).flat());
    expect(endedAt).toBe(Math.ceil((bytes * times) / 160));
  },
);

test('nothing has been played at once', () => {
  expect(play(0, 5, 3)).toEqual({ heard: [], endedAt: 0 });
});

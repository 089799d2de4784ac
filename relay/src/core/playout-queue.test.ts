import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PlayoutQueue } from './playout-queue.ts';

/** Plays one slot: what was sent before is heard, then the next frame goes out. */
function slot(queue: PlayoutQueue): { marks: string[]; audio: number[] } {
  queue.advance();
  const marks: string[] = [];
  for (let name = queue.takePlayedMark(); name !== undefined; name = queue.takePlayedMark()) {
    marks.push(name);
  }
  const frame = new Uint8Array(160);
  const audioBytes = queue.takeAudio(frame, 0);
  return { marks, audio: [...frame.subarray(0, audioBytes)] };
}

describe('audio', () => {
  test('payloads of any size play back to back with not a byte added or lost', () => {
    const payloads = fc.array(fc.uint8Array({ maxLength: 20_000 }), { maxLength: 12 });
    fc.assert(
      fc.property(payloads, (parts) => {
        const queue = new PlayoutQueue();
        for (const part of parts) queue.push(part);
        const all = parts.flatMap((part) => [...part]);
        const heard: number[] = [];
        while (queue.queuedBytes > 0) heard.push(...slot(queue).audio);
        expect(heard).toEqual(all);
      }),
    );
  });

  test('pushing while playing changes nothing', () => {
    const steps = fc.array(
      fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 3000 }), fc.constant('slot' as const)),
    );
    fc.assert(
      fc.property(steps, (sequence) => {
        const queue = new PlayoutQueue();
        const pushed: number[] = [];
        const heard: number[] = [];
        for (const step of sequence) {
          if (step === 'slot') heard.push(...slot(queue).audio);
          else if (queue.push(step)) pushed.push(...step);
        }
        while (queue.queuedBytes > 0) heard.push(...slot(queue).audio);
        expect(heard).toEqual(pushed);
      }),
    );
  });

  test('what is beyond the bound is refused whole, and what is queued stays', () => {
    const queue = new PlayoutQueue({ queuedBytesMax: 300, pendingMarksMax: 2 });
    expect(queue.push(new Uint8Array(300))).toBe(true);
    expect(queue.push(new Uint8Array(1))).toBe(false);
    expect(queue.queuedBytes).toBe(300);
    for (let i = 0; i < 3; i++) slot(queue);
    expect(queue.push(new Uint8Array(160))).toBe(true);
  });
});

/** Bytes of audio in each of the first slots when the payload of slot `i` comes `lateness[i]` slots late. */
function playPaced(lateness: readonly number[]): number[] {
  const queue = new PlayoutQueue();
  return Array.from({ length: lateness.length + 3 }, (_, now) => {
    lateness.forEach((late, index) => {
      if (index + late === now) queue.push(new Uint8Array(160));
    });
    return slot(queue).audio.length;
  });
}

describe('a handler that paces its audio itself', () => {
  test('waits two slots once, then plays without a hole although payloads come late', () => {
    expect(playPaced([0, 1, 0, 2, 1, 0, 2, 0])).toEqual([
      0, 0, 160, 160, 160, 160, 160, 160, 160, 160, 0,
    ]);
  });

  test('one short payload alone is played after the wait', () => {
    const queue = new PlayoutQueue();
    queue.push(Uint8Array.of(1, 2, 3));
    expect([slot(queue).audio, slot(queue).audio, slot(queue).audio]).toEqual([[], [], [1, 2, 3]]);
  });

  test('sixty milliseconds at once never wait', () => {
    const queue = new PlayoutQueue();
    queue.push(new Uint8Array(480));
    expect(slot(queue).audio).toHaveLength(160);
  });
});

describe('marks', () => {
  test('behind nothing, a mark is played at once', () => {
    const queue = new PlayoutQueue();
    queue.mark('a');
    expect(queue.takePlayedMark()).toBe('a');
    expect(queue.takePlayedMark()).toBeUndefined();
  });

  test('a mark is played when the last byte before it has been heard, a slot after it was sent', () => {
    const queue = new PlayoutQueue();
    queue.push(new Uint8Array(161));
    queue.mark('a');
    queue.mark('a');
    queue.push(new Uint8Array(400));
    queue.mark('b');
    expect(slot(queue)).toMatchObject({ marks: [] });
    expect(slot(queue)).toMatchObject({ marks: [] });
    expect(slot(queue)).toMatchObject({ marks: ['a', 'a'] });
    expect(slot(queue)).toMatchObject({ marks: [] });
    expect(slot(queue)).toMatchObject({ marks: ['b'], audio: [] });
  });

  test('a mark set while the last frame plays waits for its end', () => {
    const queue = new PlayoutQueue();
    queue.push(new Uint8Array(480));
    for (let i = 0; i < 3; i++) slot(queue);
    queue.mark('a');
    expect(queue.takePlayedMark()).toBeUndefined();
    expect(slot(queue).marks).toEqual(['a']);
  });

  test('clear gives back all pending marks in order, and nothing of the audio is left', () => {
    const queue = new PlayoutQueue();
    queue.push(new Uint8Array(1000));
    queue.mark('a');
    queue.push(new Uint8Array(1000));
    queue.mark('b');
    slot(queue);
    expect(queue.clear()).toEqual(['a', 'b']);
    expect(slot(queue)).toEqual({ marks: [], audio: [] });
    queue.push(new Uint8Array(480).fill(7));
    queue.mark('c');
    expect([1, 2, 3].flatMap(() => slot(queue).audio)).toEqual(new Array<number>(480).fill(7));
    expect(slot(queue).marks).toEqual(['c']);
  });

  test('too many are refused', () => {
    const queue = new PlayoutQueue({ queuedBytesMax: 300, pendingMarksMax: 2 });
    queue.push(new Uint8Array(10));
    expect([queue.mark('a'), queue.mark('b'), queue.mark('c')]).toEqual([true, true, false]);
  });

  test('every mark comes back exactly once and in order, and none before its audio', () => {
    const step = fc.oneof(
      fc.integer({ min: 1, max: 700 }).map((bytes) => ({ kind: 'push' as const, bytes })),
      fc.constant({ kind: 'mark' as const }),
      fc.constant({ kind: 'slot' as const }),
      fc.constant({ kind: 'clear' as const }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const queue = new PlayoutQueue();
        const returned: number[] = [];
        const wantedAt: number[] = [];
        let pushed = 0;
        let heard = 0;
        for (const each of steps) {
          if (each.kind === 'push') {
            queue.push(new Uint8Array(each.bytes));
            pushed += each.bytes;
          } else if (each.kind === 'mark') {
            queue.mark(String(wantedAt.length));
            wantedAt.push(pushed);
          } else if (each.kind === 'clear') {
            returned.push(...queue.clear().map(Number));
            heard = pushed;
          } else {
            const { marks, audio } = slot(queue);
            for (const name of marks) expect(wantedAt[Number(name)]).toBeLessThanOrEqual(heard);
            returned.push(...marks.map(Number));
            heard += audio.length;
          }
        }
        returned.push(...queue.clear().map(Number));
        expect(returned).toEqual(wantedAt.map((_, index) => index));
      }),
    );
  });
});

describe('pause', () => {
  function playing(bytes: number): PlayoutQueue {
    const queue = new PlayoutQueue();
    queue.push(Uint8Array.from({ length: bytes }, (_, i) => i & 0x7f));
    return queue;
  }

  test('holds audio and marks at the next slot, and goes on at the very next byte', () => {
    const queue = playing(500);
    queue.mark('a');
    slot(queue);
    queue.pause();
    queue.pause();
    expect([slot(queue), slot(queue)]).toEqual([
      { marks: [], audio: [] },
      { marks: [], audio: [] },
    ]);
    expect([queue.queuedBytes, queue.playedBytes, queue.isPaused]).toEqual([340, 160, true]);
    queue.unpause();
    expect(slot(queue).audio.slice(0, 3)).toEqual([160 & 0x7f, 161 & 0x7f, 162 & 0x7f]);
    expect([slot(queue), slot(queue).audio.length, slot(queue).marks]).toMatchObject([
      {},
      20,
      ['a'],
    ]);
  });

  test('a mark whose audio was on its way comes back while it is paused', () => {
    const queue = playing(480);
    for (let i = 0; i < 3; i++) slot(queue);
    queue.mark('heard');
    queue.pause();
    expect(slot(queue).marks).toEqual(['heard']);
  });

  test('is over with clear: what comes then is for now', () => {
    const queue = playing(1000);
    slot(queue);
    queue.pause();
    queue.clear();
    queue.push(new Uint8Array(480).fill(9));
    expect(queue.isPaused).toBe(false);
    expect(slot(queue).audio).toEqual(new Array<number>(160).fill(9));
    expect(queue.playedBytes).toBe(320);
  });

  test('not a byte is lost, repeated or miscounted, however it is paused, cleared and filled', () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 2000 }) },
      { weight: 8, arbitrary: fc.constant('slot' as const) },
      { weight: 2, arbitrary: fc.constantFrom('pause', 'unpause', 'mark') },
      { weight: 1, arbitrary: fc.constant('clear' as const) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
        const queue = new PlayoutQueue();
        // The model: bytes still to come, in order, and how many were heard.
        let waiting: number[] = [];
        let played = 0;
        let isPaused = false;
        const marksAt: number[] = [];
        let queued = 0;
        let passed = 0;
        for (const each of steps) {
          if (each instanceof Uint8Array) {
            queue.push(each);
            waiting.push(...each);
            queued += each.length;
          } else if (each === 'pause') {
            queue.pause();
            isPaused = true;
          } else if (each === 'unpause') {
            queue.unpause();
            isPaused = false;
          } else if (each === 'mark') {
            queue.mark(String(marksAt.length));
            marksAt.push(queued);
          } else if (each === 'clear') {
            queue.clear();
            passed += waiting.length;
            waiting = [];
            isPaused = false;
          } else {
            const { audio, marks } = slot(queue);
            for (const name of marks) expect(marksAt[Number(name)]).toBeLessThanOrEqual(passed);
            expect(audio).toEqual(waiting.splice(0, audio.length));
            if (isPaused) expect(audio).toEqual([]);
            played += audio.length;
            passed += audio.length;
          }
          expect([queue.playedBytes, queue.isPaused]).toEqual([played, isPaused]);
          expect(queue.queuedBytes).toBe(waiting.length);
        }
        queue.unpause();
        const rest: number[] = [];
        while (queue.queuedBytes > 0) rest.push(...slot(queue).audio);
        expect(rest).toEqual(waiting);
      }),
    );
  });
});

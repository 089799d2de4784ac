import { expect, it } from 'vitest';
import { boundText, readBounded } from './bounded-text.ts';

const NOTE = ' [cut: the answer is longer than may be read]';

it('cuts text that is too long, and says so', () => {
  expect(boundText('abc', 3)).toBe('abc');
  expect(boundText('abcd', 3)).toBe(`abc${NOTE}`);
});

it('reads no further than it has to', async () => {
  let pulls = 0;
  let isCancelled = false;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      pulls++;
      controller.enqueue(new TextEncoder().encode('x'.repeat(100)));
    },
    cancel() {
      isCancelled = true;
    },
  });
  expect(await readBounded(body, 250)).toBe(`${'x'.repeat(250)}${NOTE}`);
  expect(isCancelled).toBe(true);
  expect(pulls).toBeLessThan(10);
});

it('reads characters that come in pieces, and nothing at all', async () => {
  const bytes = new TextEncoder().encode('你好');
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
      controller.close();
    },
  });
  expect(await readBounded(body, 100)).toBe('你好');
  expect(await readBounded(null, 100)).toBe('');
});

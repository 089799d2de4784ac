import type { RecordingMedia } from '../call-control.ts';

/** A recording's WAV file as an answer, streamed: read on as the client takes it, closed when the client leaves. */
export function mediaResponse({ bytes, chunks }: RecordingMedia): Response {
  const iterator = chunks[Symbol.asyncIterator]();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await iterator.next();
      if (done === true) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await iterator.return?.();
    },
  });
  const headers = { 'Content-Type': 'audio/x-wav', 'Content-Length': String(bytes) };
  return new Response(body, { headers });
}

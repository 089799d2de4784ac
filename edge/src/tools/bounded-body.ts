/** A response of which no more than so many bytes are read. */

/** The same response; its body breaks off with an error beyond `bytesMax`. */
export function boundedBody(response: Response, bytesMax: number): Response {
  const { body } = response;
  if (body === null) return response;
  let bytes = 0;
  const bound = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      bytes += chunk.length;
      if (bytes > bytesMax) controller.error(new Error('the answer is too long'));
      else controller.enqueue(chunk);
    },
  });
  return new Response(body.pipeThrough(bound), response);
}

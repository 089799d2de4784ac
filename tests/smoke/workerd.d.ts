/**
 * What workerd adds to `fetch`, for the edge's adapters that `worker.ts` imports: the types of this package are Node's.
 * The adapters themselves are checked against `@cloudflare/workers-types` in `edge/`.
 */

interface WorkerdSocket extends WebSocket {
  accept(): void;
}

interface Response {
  /** The socket of a request with `Upgrade: websocket` that was answered with 101. */
  readonly webSocket?: WorkerdSocket | null;
}

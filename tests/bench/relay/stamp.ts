/**
 * What the bench hides in the first bytes of each 160-byte payload: when and as which packet it was sent, and when the echo
 * sent it back. Instants are the kernel's monotonic clock, the same in every process.
 */

export const PAYLOAD_BYTES = 160;

const SENT_AT = 0;
const ECHOED_AT = 8;
const INDEX = 16;

export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

function viewOf(payload: Uint8Array): DataView {
  return new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
}

export function stampSent(payload: Uint8Array, index: number): void {
  const view = viewOf(payload);
  view.setFloat64(SENT_AT, monotonicMs());
  view.setUint32(INDEX, index);
}

export function stampEchoed(payload: Uint8Array): void {
  viewOf(payload).setFloat64(ECHOED_AT, monotonicMs());
}

export interface Stamp {
  readonly sentAt: number;
  readonly echoedAt: number;
  readonly index: number;
}

export function readStamp(payload: Uint8Array): Stamp {
  const view = viewOf(payload);
  return {
    sentAt: view.getFloat64(SENT_AT),
    echoedAt: view.getFloat64(ECHOED_AT),
    index: view.getUint32(INDEX),
  };
}

/** Who a trace belongs to, and the identifiers in it: always the same for the same call, so that sending it twice does no harm. */

export interface TraceParent {
  /** 32 hexadecimal digits, as is `spanId` with 16. */
  readonly traceId: string;
  readonly spanId: string;
  readonly isSampled: boolean;
}

/** A custom parameter of the stream, as the header is called. */
export const TRACEPARENT = 'traceparent';

const FORM = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/u;
const SAMPLED = 1;

/**
 * Undefined for what is not valid: it is as if there were none.
 *
 * @see https://www.w3.org/TR/trace-context/#traceparent-header: later versions may have more behind the flags, `ff` is none
 */
export function parseTraceParent(text: string | undefined): TraceParent | undefined {
  const [, version, traceId = '', spanId = '', flags = '', more] = FORM.exec(text ?? '') ?? [];
  if (version === undefined || version === 'ff') return undefined;
  if (version === '00' && more !== undefined) return undefined;
  if (isZero(traceId) || isZero(spanId)) return undefined;
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & SAMPLED) !== 0 };
}

function isZero(hex: string): boolean {
  return /^0*$/u.test(hex);
}

/** The 32 digits of the SID: who has the one has the other. Of what is no SID, a hash. */
export function traceIdOf(callSid: string): string {
  const digits = /^CA([0-9a-f]{32})$/iu.exec(callSid)?.[1]?.toLowerCase();
  if (digits !== undefined && !isZero(digits)) return digits;
  return hash64(`trace ${callSid} 1`) + hash64(`trace ${callSid} 2`);
}

/** `path` is unique in the trace, such as `MZ…/turn 3/chat 0`. */
export function spanIdOf(traceId: string, path: string): string {
  return hash64(`${traceId}/${path}`);
}

const FNV_OFFSET = 0xcbf29ce484222325n;
const FNV_PRIME = 0x100000001b3n;

/** FNV-1a of 64 bits, 16 hexadecimal digits; never all zero, which identifies nothing. No secret depends on it. */
function hash64(text: string): string {
  let hash = FNV_OFFSET;
  for (let i = 0; i < text.length; i++) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(text.charCodeAt(i))) * FNV_PRIME);
  }
  return (hash === 0n ? 1n : hash).toString(16).padStart(16, '0');
}

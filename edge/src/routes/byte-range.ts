/**
 * The part of a file that a request wants.
 *
 * @see RFC 9110 sections 14.1.2 (byte ranges), 15.5.17 (416)
 */

export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

/** Undefined: the whole file, also for several ranges at once and units that nobody knows. `unsatisfiable`: 416. */
export function byteRangeOf(
  header: string | null,
  size: number,
): ByteRange | 'unsatisfiable' | undefined {
  const [, first, last] = /^bytes=([0-9]{0,15})-([0-9]{0,15})$/u.exec(header?.trim() ?? '') ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined;
  if (first === '') {
    const length = Math.min(size, Number(last));
    return length === 0 ? 'unsatisfiable' : { offset: size - length, length };
  }
  const offset = Number(first);
  const end = last === '' ? size - 1 : Math.min(size - 1, Number(last));
  if (last !== '' && Number(last) < offset) return undefined;
  return offset >= size ? 'unsatisfiable' : { offset, length: end - offset + 1 };
}

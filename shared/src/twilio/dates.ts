/** Instants as Twilio writes and reads them. All are Unix milliseconds, all texts UTC. */

/** RFC 2822, whole seconds: `Wed, 18 Aug 2010 20:01:40 +0000`. In REST answers and call status callbacks. */
export function formatRfc2822(at: number): string {
  return instant(at).toUTCString().replace('GMT', '+0000');
}

/** ISO 8601 with nanoseconds, as in stream callbacks: `2024-11-29T00:09:39.602000000Z`. */
export function formatIsoNanoseconds(at: number): string {
  return instant(at).toISOString().replace('Z', '000000Z');
}

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * The span that a date filter names: a day for `2026-11-22`, a second for `2026-11-22T10:00:00Z`. A time without an offset is
 * UTC. Undefined where it is neither.
 */
export function parseDateSpan(
  text: string,
): { readonly from: number; readonly until: number } | undefined {
  const [, day, time = '', seconds, offset = 'Z'] =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(:\d\d)?)(?:\.\d{1,9})?(Z|[+-]\d\d:?\d\d)?)?$/i.exec(
      text,
    ) ?? [];
  if (day === undefined) return undefined;
  const zone = offset.replace(/^([+-]\d\d)(\d\d)$/, '$1:$2').toUpperCase();
  const from = milliseconds(
    time === '' ? day : `${day}T${time}${seconds === undefined ? ':00' : ''}${zone}`,
  );
  if (Number.isNaN(from)) return undefined;
  return { from, until: from + (time === '' ? DAY_MS : 1000) - 1 };
}

/* oxlint-disable no-restricted-globals -- converts instants that are given; reads no clock */
function instant(at: number): Date {
  return new Date(at);
}

function milliseconds(text: string): number {
  return Date.parse(text);
}

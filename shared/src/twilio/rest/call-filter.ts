import { parseDateSpan } from '../dates.ts';
import type { CallFilter } from '../call-control.ts';
import { isSid } from '../sid.ts';
import { badParameter } from './error-json.ts';
import type { Form } from './form.ts';
import { optional } from './optional.ts';
import { parseAddress } from './phone-number.ts';

const STATUSES = [
  'queued',
  'ringing',
  'in-progress',
  'completed',
  'busy',
  'failed',
  'no-answer',
  'canceled',
] as const;

/** Names of the query that narrow a list of calls, as Twilio writes them into page addresses. */
export const FILTER_NAMES: ReadonlySet<string> = new Set([
  'To',
  'From',
  'ParentCallSid',
  'Status',
  ...['StartTime', 'EndTime'].flatMap((name) => [name, `${name}<`, `${name}>`]),
]);

/**
 * The filters of `GET Calls.json`. `StartTime=2026-11-22` is that day; `StartTime>=2026-11-22` and `StartTime<=2026-11-22` mean
 * midnight at its beginning (UTC), as Twilio documents; times of day are allowed in all.
 */
export function parseCallFilter(query: Form): CallFilter {
  const parent = query.text('ParentCallSid');
  if (parent !== undefined && !isSid('CA', parent)) throw badParameter('Invalid ParentCallSid');
  const started = parseRange(query, 'StartTime');
  const ended = parseRange(query, 'EndTime');
  return {
    ...optional('to', parseNumber(query, 'To')),
    ...optional('from', parseNumber(query, 'From')),
    ...optional('status', query.oneOf('Status', STATUSES)),
    ...optional('parentCallSid', parent),
    ...optional('startedFrom', started.from),
    ...optional('startedUntil', started.until),
    ...optional('endedFrom', ended.from),
    ...optional('endedUntil', ended.until),
  };
}

/** What is no number matches no call; that is no error. */
function parseNumber(query: Form, name: string): string | undefined {
  const text = query.text(name);
  return text === undefined ? undefined : (parseAddress(text) ?? text.slice(0, 300));
}

function parseRange(
  query: Form,
  name: string,
): { readonly from: number | undefined; readonly until: number | undefined } {
  const exact = parseSpan(query, name);
  const after = parseSpan(query, `${name}>`);
  const before = parseSpan(query, `${name}<`);
  return { from: exact?.from ?? after?.from, until: exact?.until ?? before?.from };
}

function parseSpan(query: Form, name: string): ReturnType<typeof parseDateSpan> {
  const text = query.text(name);
  if (text === undefined) return undefined;
  const span = parseDateSpan(text);
  if (span === undefined) throw badParameter(`${name} must be YYYY-MM-DD or an ISO 8601 time`);
  return span;
}

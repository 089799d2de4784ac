/** Lists in pages, and the addresses that lead from one to the next. */

import type { PageOf, PageRequest } from '../call-control.ts';
import { badParameter } from './error-json.ts';
import type { Form } from './form.ts';

/** A page that was asked for. */
export interface PageQuery {
  readonly number: number;
  readonly token: string | undefined;
  readonly request: PageRequest;
}

/** `PageSize` (50, at most 1000), `Page` and `PageToken`. */
export function parsePageQuery(query: Form): PageQuery {
  const size = query.integer('PageSize', 1, 1000) ?? 50;
  const number = query.integer('Page', 0, 999_999_999) ?? 0;
  const token = query.text('PageToken');
  if (token === undefined) {
    if (number > 0) throw badParameter('Page needs a PageToken: follow next_page_uri');
    return { number, token, request: { size } };
  }
  const [, side, sid] = /^P([AB])((?:CA|RE)[0-9a-f]{32})$/i.exec(token) ?? [];
  if (side === undefined || sid === undefined) throw badParameter('Invalid PageToken');
  const request = side.toUpperCase() === 'A' ? { size, after: sid } : { size, before: sid };
  return { number, token, request };
}

/**
 * A page as Twilio answers it: the entries under `name`, and addresses such as
 * `/2010-04-01/Accounts/AC…/Calls.json?PageSize=50&Page=1&PageToken=PACA…`. `filters` are repeated in each of them.
 */
export function pageJson<T extends { readonly sid: string }>(
  name: string,
  path: string,
  filters: readonly (readonly [string, string])[],
  { number, token, request: { size, before } }: PageQuery,
  { items, hasMore }: PageOf<T>,
  entryJson: (item: T) => Record<string, unknown>,
): Record<string, unknown> {
  const address = (page: number, pageToken: string | undefined): string => {
    const query = new URLSearchParams(filters.map(([key, value]) => [key, value]));
    query.append('PageSize', String(size));
    query.append('Page', String(page));
    if (pageToken !== undefined) query.append('PageToken', pageToken);
    return `${path}?${query.toString()}`;
  };
  const first = items.at(0);
  const last = items.at(-1);
  // What lies before a page that was reached backwards is known to be there: it was come from.
  const hasNext = before === undefined ? hasMore : true;
  const start = number * size;
  const json: Record<string, unknown> = {
    end: start + Math.max(0, items.length - 1),
    first_page_uri: address(0, undefined),
    next_page_uri: hasNext && last !== undefined ? address(number + 1, `PA${last.sid}`) : null,
    page: number,
    page_size: size,
    previous_page_uri:
      number > 0 && first !== undefined ? address(number - 1, `PB${first.sid}`) : null,
    start,
    uri: address(number, token),
  };
  json[name] = items.map(entryJson);
  return Object.fromEntries(Object.entries(json).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

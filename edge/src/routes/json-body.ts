/** The body of a request as JSON: bounded in size and depth before anything walks over it. */

import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { HttpError } from '../errors.ts';
import type { AppEnv } from './context.ts';

/** The longest instructions, fifty tools with their schemas, and room. */
const BODY_BYTES_MAX = 256 * 1024;
const DEPTH_MAX = 32;

const limit: MiddlewareHandler<AppEnv> = bodyLimit({
  maxSize: BODY_BYTES_MAX,
  onError: () => {
    throw new HttpError('BODY_TOO_LARGE', `a body holds at most ${BODY_BYTES_MAX} bytes`);
  },
});

const parse: MiddlewareHandler<AppEnv> = async (context, next) => {
  const type = context.req.header('Content-Type')?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') {
    throw new HttpError('CONTENT_TYPE_WRONG', 'the body must be application/json');
  }
  if (!isShallow(parseJson(await context.req.text()))) {
    throw new HttpError('JSON_INVALID', `the body must not be nested more than ${DEPTH_MAX} deep`);
  }
  await next();
};

/** In this order, before a route's own validation. */
export const jsonBody = [limit, parse];

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own words quote the body, which may hold keys.
    throw new HttpError('JSON_INVALID', 'the body is not JSON');
  }
}

/** Level by level: a deep value must not cost a deep stack. */
function isShallow(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; depth <= DEPTH_MAX; depth++) {
    level = level.flatMap((each) =>
      typeof each === 'object' && each !== null ? Object.values(each) : [],
    );
    if (level.length === 0) return true;
  }
  return false;
}

/** A path that exists, asked with a method that it does not have: 405 and the methods it has. */

import type { Env, Hono } from 'hono';
import { HttpError } from '../errors.ts';

/** Added behind the routes of `app`, which must be all there by then. */
export function refuseOtherMethods<E extends Env>(app: Hono<E>): void {
  const methods = new Map<string, Set<string>>();
  for (const { path, method } of app.routes) {
    // Middleware has no method of its own.
    if (method === 'ALL') continue;
    const known = methods.get(path) ?? new Set();
    methods.set(path, known.add(method));
  }
  for (const [path, known] of methods) {
    const Allow = [...known].sort().join(', ');
    app.all(path, () => {
      const message = `this path answers ${Allow}`;
      throw new HttpError('METHOD_NOT_ALLOWED', message, { headers: { Allow } });
    });
  }
}

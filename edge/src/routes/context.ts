/** What every route starts from. */

import type { Context } from 'hono';
import type { Bindings } from '../bindings.ts';
import { readEnv, type Env } from '../env.ts';
import { HttpError } from '../errors.ts';

export type AppEnv = { Bindings: Bindings };

/** The configuration, or an error that says which variables are wrong (and never what a secret is). */
export function envOf(context: Context<AppEnv>): Env {
  const parsed = readEnv(context.env);
  if (parsed.isValid) return parsed.env;
  const messages = parsed.problems.map((problem) => problem.message).join('; ');
  console.error(JSON.stringify({ level: 'error', code: 'EDGE_MISCONFIGURED', message: messages }));
  throw new HttpError('EDGE_MISCONFIGURED', 'the configuration is not valid, see /healthz');
}

/** What every route starts from. */

import type { Context } from 'hono';
import type { Bindings } from '../bindings.ts';
import { openDatabase } from '../database.ts';
import { readEnv, type Env, type EnvProblem } from '../env.ts';
import { HttpError } from '../errors.ts';

export type AppEnv = { Bindings: Bindings };

/** The configuration, or an error; which variables are wrong is in the log and at /healthz. */
export function envOf(context: Context<AppEnv>): Env {
  const parsed = readEnv(context.env);
  if (parsed.isValid) return parsed.env;
  logProblems(parsed.problems);
  throw new HttpError('EDGE_MISCONFIGURED', 'the configuration is not valid, see /healthz');
}

/** The database with its tables, or an error. */
export async function databaseOf(context: Context<AppEnv>): Promise<D1Database> {
  const database = await openDatabase(context.env);
  if (database === undefined) {
    throw new HttpError('DATABASE_MISSING', 'no D1 database is bound as DB');
  }
  return database;
}

/** One line that names every variable that is wrong; never what a secret is. */
export function logProblems(problems: readonly EnvProblem[]): void {
  const message = problems.map((problem) => problem.message).join('; ');
  console.error(JSON.stringify({ level: 'error', code: 'EDGE_MISCONFIGURED', message }));
}

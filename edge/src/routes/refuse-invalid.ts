/** What a schema of a route refuses, as an error of ours that names the fields. */

import type { z } from 'zod';
import { fieldProblems } from '../agents/field-problem.ts';
import { HttpError } from '../errors.ts';

type Validated =
  | { readonly success: true }
  | { readonly success: false; readonly target: string; readonly error: z.core.$ZodError };

/** The hook of an `OpenAPIHono`. The only bodies of the API are agents. */
export function refuseInvalid(result: Validated): void {
  if (result.success) return;
  const fields = fieldProblems(result.error.issues);
  if (result.target === 'json') {
    throw new HttpError('AGENT_INVALID', 'the agent is not valid', { fields });
  }
  throw new HttpError('QUERY_INVALID', 'the query is not valid', { fields });
}

/** Schemas that several routes of the API share. */

import { z } from 'zod';

export const errorSchema = z
  .object({
    error: z.object({
      code: z.string().meta({ description: 'Stable, see docs/errors.md', example: 'NOT_FOUND' }),
      message: z.string(),
      fields: z
        .array(
          z.object({
            path: z.string().meta({ example: 'tools[0].url' }),
            message: z.string(),
          }),
        )
        .optional(),
    }),
  })
  .meta({ id: 'Error' });

/** An instant as text, ISO 8601 in UTC. */
export const instantSchema = z.string().meta({ format: 'date-time' });

/** An entry of `responses` for each status. */
export function errorResponses<Status extends number>(...statuses: readonly Status[]) {
  const content = { 'application/json': { schema: errorSchema } };
  const entries = statuses.map((status) => [
    status,
    { description: DESCRIPTIONS[status] ?? '', content },
  ]);
  return Object.fromEntries(entries) as Record<
    Status,
    { description: string; content: typeof content }
  >;
}

const DESCRIPTIONS: Readonly<Record<number, string>> = {
  400: 'The request cannot be read',
  401: 'No bearer token, or a wrong one',
  404: 'There is none',
  409: 'There is one already',
  412: 'It has been changed since',
  413: 'The body is too large',
  415: 'The body is not JSON',
  416: 'The range is not within the file',
  422: 'Fields are wrong; each is named',
  428: 'If-Match is missing',
  503: 'The API has no token, or the database cannot be had',
};

/** `limit` of a page: a number in a query is text. */
export const limitSchema = z
  .string()
  .regex(/^[0-9]{1,3}$/, 'must be a whole number from 1 to 200')
  .transform(Number)
  .pipe(z.int().min(1).max(200))
  .meta({ description: 'Entries of a page, 1 to 200', type: 'integer' })
  .optional();

export function toIso(at: number): string {
  return new Date(at).toISOString();
}

/** A call as the edge's API reports it: `GET /api/v1/calls/:callSid`. */

import { z } from 'zod';

const fault = z.object({ code: z.string(), message: z.string() });

const reportSchema = z.object({
  callSid: z.string(),
  status: z.enum(['in-progress', 'completed', 'failed']),
  endReason: z.string().nullable(),
  turns: z.array(
    z.object({
      index: z.number(),
      kind: z.string(),
      understood: z.string().optional(),
      agent: z.string(),
      heard: z.string(),
      interrupted: z.boolean(),
      waterfallMs: z.record(z.string(), z.number()),
      errors: z.array(fault),
    }),
  ),
  errors: z.array(fault),
});

export type CallReport = z.infer<typeof reportSchema>;

/** Fetches it once. */
export async function fetchReport(
  edgeUrl: string,
  apiToken: string,
  callSid: string,
): Promise<CallReport> {
  const response = await fetch(`${edgeUrl}/api/v1/calls/${callSid}`, {
    headers: { Authorization: `Bearer ${apiToken}` },
  });
  if (!response.ok) throw new Error(`the edge answers ${response.status} for call ${callSid}`);
  return reportSchema.parse(await response.json());
}

const POLL_MS = 50;
const POLLS_MAX = 200;

/** Fetches it when the call is over at the edge, which learns of a hang-up a moment after the phone. */
export async function fetchFinalReport(
  edgeUrl: string,
  apiToken: string,
  callSid: string,
): Promise<CallReport> {
  for (let polls = 0; polls < POLLS_MAX; polls++) {
    const report = await fetchReport(edgeUrl, apiToken, callSid);
    if (report.status !== 'in-progress') return report;
    const { promise, resolve } = Promise.withResolvers<void>();
    setTimeout(resolve, POLL_MS);
    await promise;
  }
  throw new Error(`call ${callSid} did not end at the edge`);
}

/** All that is kept of a call once everything is done that is to be done after it: report, recording, webhook, list. */

import { createHmac } from 'node:crypto';
import { decodeWav } from '@patchcord/shared/audio/wav';
import { z } from 'zod';
import type { ReceivedRequest, WebhookServer } from '../relay/webhook-server.ts';

const costSchema = z.object({
  currency: z.string(),
  totalMicros: z.int(),
  sttMicros: z.int(),
  llmMicros: z.int(),
  ttsMicros: z.int(),
  lineMicros: z.int(),
  wastedMicros: z.int(),
});

const faultSchema = z.object({ code: z.string(), message: z.string() });

const turnSchema = z.looseObject({
  index: z.int(),
  kind: z.string(),
  startedAt: z.string(),
  understood: z.string().optional(),
  agent: z.string(),
  heard: z.string(),
  interrupted: z.boolean(),
  falseAlarms: z.int(),
  opener: z.string().optional(),
  waterfallMs: z.record(z.string(), z.number()),
  tools: z.array(
    z.looseObject({ name: z.string(), argumentsJson: z.string(), result: z.string().optional() }),
  ),
  errors: z.array(faultSchema),
});

const reportSchema = z.looseObject({
  callSid: z.string(),
  status: z.string(),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime(),
  endReason: z.string(),
  answeredBy: z.string().nullable(),
  from: z.string().nullable(),
  to: z.string().nullable(),
  agent: z.string().nullable(),
  agentVersion: z.int().nullable(),
  language: z.string().nullable(),
  notes: z.array(z.string()),
  turns: z.array(turnSchema),
  errors: z.array(faultSchema),
  cost: costSchema,
  summary: z.string().nullable(),
  extraction: z.unknown(),
  recording: z.object({ status: z.string(), startsMs: z.number(), durationMs: z.number() }),
  webhook: z.object({ status: z.string(), id: z.string(), tries: z.int() }),
});

const listSchema = z.object({ calls: z.array(z.looseObject({ callSid: z.string() })) });

export type KeptReport = z.infer<typeof reportSchema>;

export interface Kept {
  readonly report: KeptReport;
  /** The call in the list of calls. */
  readonly row: Readonly<Record<string, unknown>> | undefined;
  /** 8 kHz µ-law: the caller, and the agent as it was heard. */
  readonly left: Uint8Array;
  readonly right: Uint8Array;
  /** Every request to the webhook that names the call. */
  readonly posted: readonly ReceivedRequest[];
}

export interface KeptSource {
  readonly edgeUrl: string;
  readonly apiToken: string;
  readonly receiver: WebhookServer;
}

const POLL_MS = 100;
/** Recording, then webhook, each by an alarm of its own. */
const SETTLED_MS_MAX = 20_000;

/** Waits until the webhook has been delivered. Throws where that does not happen. */
export async function fetchKept(source: KeptSource, callSid: string): Promise<Kept> {
  const path = `/api/v1/calls/${callSid}`;
  const report = await settled(source, path);
  const row = listSchema
    .parse(await (await get(source, `/api/v1/calls?limit=100`)).json())
    .calls.find((call) => call.callSid === callSid);
  const wav = new Uint8Array(await (await get(source, `${path}/recording`)).arrayBuffer());
  const decoded = decodeWav(wav);
  if (typeof decoded === 'string') throw new Error(decoded);
  const [left] = decoded.channels;
  if (left === undefined || decoded.channels.length !== 2) throw new Error('not two channels');
  // The bytes as they are: µ-law has two codes for silence.
  const data = wav.subarray(wav.length - 2 * left.length);
  return {
    report,
    row,
    left: data.filter((_, i) => i % 2 === 0),
    right: data.filter((_, i) => i % 2 === 1),
    posted: source.receiver.requests.all.filter(({ body }) => body.includes(callSid)),
  };
}

/** Whether the request is signed as docs/afterwards.md says. */
export function isSignedWebhook({ headers, body }: ReceivedRequest, authToken: string): boolean {
  const header = String(headers['x-patchcord-signature']);
  const [, t = '', v1 = ''] = /^t=(\d+),v1=([0-9a-f]{64})$/u.exec(header) ?? [];
  const key = createHmac('sha256', authToken).update('patchcord calls v1').digest('hex');
  return v1 === createHmac('sha256', key).update(`${t}.${body}`).digest('hex');
}

async function settled(source: KeptSource, path: string): Promise<KeptReport> {
  const deadline = performance.now() + SETTLED_MS_MAX;
  for (;;) {
    const body: unknown = await (await get(source, path)).json();
    const report = reportSchema.safeParse(body);
    if (report.success && report.data.webhook.status === 'delivered') return report.data;
    if (performance.now() > deadline) {
      const problem = report.success ? report.data.webhook : z.prettifyError(report.error);
      throw new Error(`nothing has settled after the call: ${JSON.stringify(problem)}`);
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    setTimeout(resolve, POLL_MS);
    await promise;
  }
}

async function get({ edgeUrl, apiToken }: KeptSource, path: string): Promise<Response> {
  const response = await fetch(`${edgeUrl}${path}`, {
    headers: { Authorization: `Bearer ${apiToken}` },
  });
  if (!response.ok) throw new Error(`the edge answers ${response.status} for ${path}`);
  return response;
}

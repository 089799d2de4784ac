/**
 * Setting a stand-in's faults from another process.
 *
 * ```
 * POST /standin/faults   {"reset"?: true, "always"?: plan, "next"?: [plan, ...]}   -> {"waiting": n}
 * GET  /standin/requests -> {"total": n, "requests": [...]}
 * ```
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import type { Behaviour, PlanInput } from './faults.ts';
import { readJson, requestUrl, sendJson } from './loopback-server.ts';
import type { RequestLog } from './request-log.ts';

const controlSchema = z.strictObject({
  reset: z.boolean().optional(),
  always: z.record(z.string(), z.unknown()).optional(),
  next: z.array(z.record(z.string(), z.unknown())).max(1000).optional(),
});

/** Handles the request if it is for the stand-in itself; answers whether it was. */
export async function handleControl<L extends object>(
  request: IncomingMessage,
  response: ServerResponse,
  behaviour: Behaviour<L>,
  log: RequestLog<unknown>,
): Promise<boolean> {
  const { pathname } = requestUrl(request);
  if (!pathname.startsWith('/standin/')) return false;
  if (pathname === '/standin/requests' && request.method === 'GET') {
    sendJson(response, 200, { total: log.total, requests: log.entries });
  } else if (pathname === '/standin/faults' && request.method === 'POST') {
    try {
      const control = controlSchema.parse(await readJson(request));
      if (control.reset === true) behaviour.reset();
      // The behaviour's own schema checks each plan.
      if (control.always !== undefined) behaviour.always(control.always as PlanInput<L>);
      behaviour.next(...((control.next ?? []) as PlanInput<L>[]));
      sendJson(response, 200, { waiting: behaviour.waiting });
    } catch (error) {
      sendJson(response, 400, { error: error instanceof Error ? error.message : String(error) });
    }
  } else {
    sendJson(response, 404, { error: 'POST /standin/faults or GET /standin/requests' });
  }
  return true;
}

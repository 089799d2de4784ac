/** Asks a Node process for its live memory, through the protocol of its debugger. */

import { WebSocket } from 'ws';
import { once } from 'node:events';
import { z } from 'zod';

/** For NODE_OPTIONS: a port of loopback that the process chooses and names on standard error. */
export const INSPECTOR_OPTION = '--inspect=127.0.0.1:0';

const heapUsageSchema = z.object({ result: z.object({ usedSize: z.number() }) });

/**
 * Collects all garbage and answers the bytes that are left on the heap. `stderr`: what the process has said there so far.
 *
 * @see https://chromedevtools.github.io/devtools-protocol/v8/
 */
export async function collectGarbage(stderr: string): Promise<number> {
  const url = /^Debugger listening on (ws:\S+)$/m.exec(stderr)?.[1];
  if (url === undefined) throw new Error(`no inspector: start it with ${INSPECTOR_OPTION}`);
  const socket = new WebSocket(url, { perMessageDeflate: false });
  await once(socket, 'open');
  let id = 0;
  const ask = async (method: string): Promise<unknown> => {
    socket.send(JSON.stringify({ id: ++id, method }));
    const [answer]: Buffer[] = await once(socket, 'message');
    return JSON.parse(String(answer));
  };
  try {
    await ask('HeapProfiler.collectGarbage');
    return heapUsageSchema.parse(await ask('Runtime.getHeapUsage')).result.usedSize;
  } finally {
    socket.terminate();
  }
}

/** The callers of the bench, in a process of their own. */

import { setTimeout as delay } from 'node:timers/promises';
import { TwilioCall } from '../../edge/twilio-call.ts';
import { converse, type CallOutcome } from './conversation.ts';
import { LatenessMeter } from './lateness.ts';
import { tell, type CallersRequest, type LatenessRequest } from './messages.ts';

const lateness = new LatenessMeter();

async function call(request: CallersRequest, index: number): Promise<CallOutcome> {
  // Calls of real life are not in step: neither in seconds nor within the 20 ms of a frame.
  await delay((index * request.rampMs) / request.calls);
  const caller = request.first + index;
  try {
    return await converse(await TwilioCall.dial(request), caller, request.turns);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { seconds: 0, greetingMs: undefined, turns: [], problems: [problem] };
  }
}

async function run(request: CallersRequest): Promise<void> {
  const indexes = Array.from({ length: request.calls }, (_, index) => index);
  tell({
    kind: 'done',
    calls: await Promise.all(indexes.map(async (index) => await call(request, index))),
  });
}

process.on('message', (request: CallersRequest | LatenessRequest) => {
  if (request.kind === 'run') void run(request);
  else tell({ kind: 'lateness', latenessMs: lateness.take() });
});
// Ctrl-C is for the bench, which ends its processes in order.
process.on('SIGINT', () => undefined);
// The bench is gone, however it went.
process.on('disconnect', () => process.exit(0));

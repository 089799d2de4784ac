/**
 * `<Connect><Stream>`: the caller talks with the handler until one of them ends it. A handler that is our edge may put the caller
 * through meanwhile: then the caller talks with whoever answered, and that is the end of the call.
 */

import type { StepOf, StepOutcome } from '../../core/twiml/step.ts';
import { LiveStream } from '../live-stream.ts';
import { EdgeRequests } from './edge-requests.ts';
import type { Line } from './line.ts';

export async function connectStream(
  step: StepOf<'connect-stream'>,
  line: Line,
): Promise<StepOutcome> {
  const { context, account, log, documentUrl, media, signal } = line;
  const { stream: spec, action } = step;
  const stream = new LiveStream({
    context,
    account,
    log,
    spec,
    mode: 'bidirectional',
    documentUrl,
    onRequest: (request) => requests.handle(request),
  });
  const requests = new EdgeRequests(line, stream);
  if (!(await stream.open(signal))) return { kind: 'failed' };
  const { session } = stream;
  const stop = (): void => {
    requests.callEnds();
    stream.stop();
  };
  const offDigit = line.onDigit((digit) => session.handleDtmf(digit));
  signal.addEventListener('abort', stop, { once: true });
  media.addListener(session);
  media.play(session);
  const end = await stream.ended;
  media.removeListener(session);
  media.stopPlaying(session);
  signal.removeEventListener('abort', stop);
  offDigit();
  const transfer = requests.close();
  if (transfer !== undefined) {
    await transfer.converse();
    line.defer(transfer.end());
    if (action === undefined && !signal.aborted) line.hangUp();
  }
  if (end === 'broken') return { kind: 'failed' };
  return action === undefined
    ? { kind: 'done' }
    : { kind: 'action', address: action, parameters: { StreamSid: stream.sid } };
}

/** The providers of the bench, in a process of their own, so that their work is not taken for the edge's. */

import { startStandins } from '../../standins/start.ts';
import { LatenessMeter } from './lateness.ts';
import { tell, type LatenessRequest, type StandinsRequest } from './messages.ts';

const lateness = new LatenessMeter();

process.on('message', (request: StandinsRequest | LatenessRequest) => {
  if (request.kind === 'lateness') {
    tell({ kind: 'lateness', latenessMs: lateness.take() });
    return;
  }
  void startStandins(request.options).then(({ azureSpeechUrl, openrouterUrl, elevenlabsUrl }) =>
    tell({ kind: 'ready', azureSpeechUrl, openrouterUrl, elevenlabsUrl }),
  );
});
// Ctrl-C is for the bench, which ends its processes in order.
process.on('SIGINT', () => undefined);
// The bench is gone, however it went.
process.on('disconnect', () => process.exit(0));

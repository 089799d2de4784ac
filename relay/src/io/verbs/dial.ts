/**
 * `<Dial>`: rings one or several, and joins the caller with the first who answers.
 *
 * Both sides keep a media leg of their own and what each says is passed on here: so streams of `<Start>`, recordings and
 * `hangupOnStar` work in a `<Dial>` as anywhere else. It costs one frame of delay and two RTP ports
 * (docs/decisions/0006-dial-through-the-relay.md).
 */

import { Playback } from '../../core/playback.ts';
import { ringback } from '../../core/tones.ts';
import type { DialStep, StepOutcome } from '../../core/twiml/step.ts';
import { DialledParty } from '../dialled-party.ts';
import { converse, type PartyDigits } from './converse.ts';
import { endDialRecording, startDialRecording } from './dial-recording.ts';
import type { Line } from './line.ts';

/** How the last of the parties that did not answer ended. */
const STATUS_OF_NONE = 'failed';

export async function dial(step: DialStep, line: Line): Promise<StepOutcome> {
  const { signal } = line;
  const wanted = step.recording;
  const early = wanted?.from === 'ringing' ? await startDialRecording(wanted, line) : undefined;
  const digits: PartyDigits = { onParty: () => {} };
  const parties = placeCalls(step, line, (digit) => digits.onParty(digit));
  const winner = await ringAll(line, parties);
  if (winner === undefined || signal.aborted) {
    for (const party of parties) line.defer(party.end());
    const told = endDialRecording(early);
    line.defer(told);
    return signal.aborted ? { kind: 'done' } : answer(step, parties.at(-1), await told);
  }
  const losers = parties.filter((party) => party !== winner);
  for (const party of losers) line.defer(party.end());
  let extra: Readonly<Record<string, string>> = {};
  try {
    if (await winner.open(signal)) {
      await line.answer();
      const recording =
        wanted?.from === 'answer' ? await startDialRecording(wanted, line) : undefined;
      await converse(step, line, winner, digits);
      extra = await endDialRecording(recording);
    }
  } catch (error) {
    if (!signal.aborted) line.problem(error);
  }
  if (early !== undefined) extra = await endDialRecording(early);
  const ended = winner.end().catch((error: unknown) => line.problem(error));
  line.defer(ended);
  if (!signal.aborted) {
    await ended;
    return answer(step, winner, extra);
  }
  // The caller has left. Whoever asked for the call wants to know how it ended.
  if (signal.reason === 'caller-left' && step.action !== undefined) {
    const { action } = step;
    const { account, documentUrl } = line;
    line.defer(ended.then(() => account.tell(action, documentUrl, dialParameters(winner, extra))));
  }
  return { kind: 'done' };
}

/** Those that may be dialled, dialled. */
function placeCalls(step: DialStep, line: Line, onDigit: (digit: string) => void): DialledParty[] {
  const { context, account: parent, log, documentUrl } = line;
  return step.targets.flatMap((target) => {
    try {
      return new DialledParty({ context, parent, log, step, target, documentUrl, onDigit });
    } catch (error) {
      line.problem(error);
      return [];
    }
  });
}

/** The first who answers, while the caller hears ringing; undefined when nobody does. */
async function ringAll(
  line: Line,
  parties: readonly DialledParty[],
): Promise<DialledParty | undefined> {
  const { media, signal } = line;
  const found = Promise.withResolvers<DialledParty | undefined>();
  const giveUp = (): void => found.resolve(undefined);
  signal.addEventListener('abort', giveUp, { once: true });
  const tone = new Playback(ringback(), Infinity, () => {});
  if (parties.length > 0) media.play(tone);
  const attempts = parties.map(async (party) => {
    try {
      if (await party.ring()) found.resolve(party);
    } catch (error) {
      line.problem(error);
    }
  });
  void Promise.all(attempts).then(giveUp);
  const winner = await found.promise;
  media.stopPlaying(tone);
  signal.removeEventListener('abort', giveUp);
  return winner;
}

function answer(
  step: DialStep,
  party: DialledParty | undefined,
  extra: Readonly<Record<string, string>>,
): StepOutcome {
  const parameters = dialParameters(party, extra);
  const { action } = step;
  if (action !== undefined) return { kind: 'action', address: action, parameters };
  return { kind: parameters.DialCallStatus === 'completed' ? 'done' : 'failed' };
}

function dialParameters(
  party: DialledParty | undefined,
  extra: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> & { readonly DialCallStatus: string } {
  const status = party?.account.record.status ?? STATUS_OF_NONE;
  const isBridged = status === 'completed';
  return {
    DialCallStatus: status,
    ...(party === undefined ? {} : { DialCallSid: party.sid }),
    ...(isBridged ? { DialCallDuration: String(party?.account.seconds ?? 0) } : {}),
    DialBridged: String(isBridged),
    ...extra,
  };
}

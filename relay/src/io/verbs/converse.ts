/** Two parties who hear each other: what `<Dial>` does once somebody has answered, and what a transfer ends in. */

import { setTimeout as pause } from 'node:timers/promises';
import { Crossover } from '../../core/crossover.ts';
import type { DialStep } from '../../core/twiml/step.ts';
import type { DialledParty } from '../dialled-party.ts';
import type { Line } from './line.ts';

/** Where a party's keys go; nowhere while nobody is joined with them. */
export interface PartyDigits {
  onParty: (digit: string) => void;
}

/** Passes audio and keys both ways until somebody leaves. */
export async function converse(
  { hangupOnStar, timeLimitSeconds }: Pick<DialStep, 'hangupOnStar' | 'timeLimitSeconds'>,
  line: Line,
  party: DialledParty,
  digits: PartyDigits,
): Promise<void> {
  const { media, context, channelId } = line;
  const partyMedia = party.media;
  if (partyMedia === undefined) return;
  const over = new AbortController();
  const signal = AbortSignal.any([line.signal, over.signal]);
  const end = (): void => over.abort();
  void party.left.then(end);

  const press = (channel: string, digit: string): void => {
    line.defer(context.ari().post(`/channels/${channel}/dtmf`, { dtmf: digit }));
  };
  const offDigit = line.onDigit((digit) => {
    if (hangupOnStar && digit === '*') end();
    else press(party.channelId, digit);
  });
  digits.onParty = (digit) => press(channelId, digit);

  const toParty = new Crossover();
  const toCaller = new Crossover();
  media.addListener(toParty);
  partyMedia.addListener(toCaller);
  media.play(toCaller);
  partyMedia.play(toParty);
  await pause(timeLimitSeconds * 1000, undefined, { signal }).catch(() => {});
  media.removeListener(toParty);
  media.stopPlaying(toCaller);
  partyMedia.removeListener(toCaller);
  partyMedia.stopPlaying(toParty);
  offDigit();
  digits.onParty = () => {};
}

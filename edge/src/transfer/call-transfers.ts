/** What is kept of a call while Twilio puts it through, and what of that its next stream begins with. */

import type { Agent } from '../agents/agent.ts';
import { ANSWERED_BY_PARAMETER } from '../call/answered-by.ts';
import { languageOf } from '../call/core/language/language.ts';
import type { CallStore, StoredTransfer } from '../call/store.ts';
import { outcomeOf, transcriptOf, TRANSFER_PARAMETER, type ReturnedCall } from './returned-call.ts';

/** Of one call. A caller who comes back for the fifth time is helped by nobody. */
const TRANSFERS_MAX = 5;

/** Parameters that say what has just happened. */
const OF_ONE_STREAM: ReadonlySet<string> = new Set([ANSWERED_BY_PARAMETER, TRANSFER_PARAMETER]);

/** Notes one more; false when there have been too many. */
export function noteTransfer(
  store: CallStore,
  { parameters, isToFailureTarget }: Omit<StoredTransfer, 'count'>,
): boolean {
  const count = (store.transfer?.count ?? 0) + 1;
  if (count > TRANSFERS_MAX) return false;
  store.putTransfer({ count, isToFailureTarget, parameters });
  return true;
}

/** The parameters of the next stream of a call that nobody took; undefined where its agent cannot go on. */
export function parametersBack(store: CallStore): Record<string, string> | undefined {
  const { transfer } = store;
  const report = store.report();
  if (transfer === undefined || report === undefined) return undefined;
  const errors = [...report.errors, ...(report.turns.at(-1)?.errors ?? [])];
  if (transfer.isToFailureTarget && errors.length > 0) return undefined;
  const kept = Object.entries(transfer.parameters).filter(([name]) => !OF_ONE_STREAM.has(name));
  return Object.fromEntries(kept);
}

export interface ReturnedHere extends ReturnedCall {
  /** BCP 47: the language that the caller was spoken to in. */
  readonly locale: string | undefined;
}

/** Undefined for a call that begins. */
export function returnedCall(
  store: CallStore,
  parameter: string | undefined,
): ReturnedHere | undefined {
  const outcome = outcomeOf(parameter);
  const report = store.transfer === undefined ? undefined : store.report();
  if (outcome === undefined || report === undefined) return undefined;
  const { turns, language } = report;
  return { outcome, transcript: transcriptOf(turns), locale: language ?? undefined };
}

/** The agent, beginning in the language that was spoken. */
export function inLanguage(agent: Agent, locale: string | undefined): Agent {
  if (locale === undefined) return agent;
  const isSpoken = (each: string): boolean => languageOf(each) === languageOf(locale);
  const spoken = agent.languages.filter(isSpoken);
  if (spoken.length === 0) return agent;
  return { ...agent, languages: [...spoken, ...agent.languages.filter((each) => !isSpoken(each))] };
}

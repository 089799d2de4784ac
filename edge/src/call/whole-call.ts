/** One call on several streams: one took the place of another, or nobody took the call when it was put through. */

import type { CallRecord, Consumption } from './core/call-record.ts';

/** A peer may begin streams as often as it likes. */
const LINES_MAX = 200;

/** The record of a stream together with what was known of the call when it began. */
export function wholeCall(before: CallRecord | undefined, record: CallRecord): CallRecord {
  if (before === undefined) return record;
  const { startedAt, answeredBy } = before;
  const consumption = sumOf(before.consumption, record.consumption);
  return {
    ...(answeredBy === undefined ? {} : { answeredBy }),
    ...record,
    ...(consumption === undefined ? {} : { consumption }),
    startedAt,
    notes: [...before.notes, ...record.notes].slice(-LINES_MAX),
    errors: [...before.errors, ...record.errors].slice(-LINES_MAX),
  };
}

function sumOf(a: Consumption | undefined, b: Consumption | undefined): Consumption | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return {
    sttSeconds: a.sttSeconds + b.sttSeconds,
    ttsCharacters: a.ttsCharacters + b.ttsCharacters,
    llm: byModel([...a.llm, ...b.llm]),
    wasted: {
      ttsCharacters: a.wasted.ttsCharacters + b.wasted.ttsCharacters,
      promptTokens: a.wasted.promptTokens + b.wasted.promptTokens,
      completionTokens: a.wasted.completionTokens + b.wasted.completionTokens,
    },
  };
}

type ModelUsage = Consumption['llm'][number];

function byModel(usages: readonly ModelUsage[]): ModelUsage[] {
  const sums = new Map<string, ModelUsage>();
  for (const usage of usages) {
    const { model, promptTokens, completionTokens, costMicros } = usage;
    const sum = sums.get(model);
    const costs = [sum?.costMicros, costMicros].filter((each) => each !== undefined);
    sums.set(model, {
      model,
      promptTokens: (sum?.promptTokens ?? 0) + promptTokens,
      completionTokens: (sum?.completionTokens ?? 0) + completionTokens,
      ...(costs.length === 0 ? {} : { costMicros: costs.reduce((all, each) => all + each, 0) }),
    });
  }
  return [...sums.values()];
}

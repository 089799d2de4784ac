/** What a call has asked of the providers, from the stand-ins' own logs: they know nothing of the edge's books. */

import { z } from 'zod';
import { usageOf } from '../standins/openrouter-wire.ts';
import type { Standins } from '../standins/start.ts';

/** By what the requests of one agent are told from those of others: each of the three names it. */
export interface Marks {
  /** In the phrase list of recognition. */
  readonly phrase: string;
  readonly model: string;
  readonly voiceId: string;
}

export interface Tokens {
  readonly promptTokens: number;
  readonly completionTokens: number;
}

export interface Consumed {
  readonly sttSeconds: number;
  readonly recognisers: number;
  /** Given to the call's own contexts; phrases that are voiced for everybody are nobody's. */
  readonly ttsCharacters: number;
  readonly contexts: number;
  /** Answers that came to their end, and those that were given up. */
  readonly answered: Tokens;
  readonly givenUp: Tokens;
  readonly requests: number;
  /** In millionths of a dollar, by the provider's own account of the answers that came to their end. */
  readonly answeredMicros: number;
}

const bodySchema = z.looseObject({ model: z.string() });

/** Since `sinceMs`, by `Date.now()`; else ever. */
export function consumedBy(
  standins: Standins,
  { phrase, model, voiceId }: Marks,
  sinceMs = 0,
): Consumed {
  const isNew = ({ atMs }: { readonly atMs: number }): boolean => atMs >= sinceMs;
  const recognisers = standins.azureSpeech.requests.entries
    .filter(isNew)
    .filter(({ context }) => JSON.stringify(context ?? '').includes(phrase));
  const sockets = standins.elevenlabs.requests.entries
    .filter(isNew)
    .filter(({ path }) => path.includes(`/${voiceId}/`) && !path.endsWith('/with-timestamps'));
  const contexts = sockets.flatMap((socket) => socket.contexts);
  const requests = standins.openrouter.requests.entries
    .filter(isNew)
    .filter(({ body }) => bodySchema.safeParse(body).data?.model === model);
  const usages = requests.map(({ body, reply, outcome, tokensSent }) => {
    const usage = usageOf(body, reply);
    return outcome === 'done'
      ? { ...usage, isDone: true }
      : { ...usage, completionTokens: tokensSent, isDone: false };
  });
  const answered = sum(usages.filter(({ isDone }) => isDone));
  return {
    sttSeconds:
      recognisers.flatMap(({ turns }) => turns).reduce((all, { heardMs }) => all + heardMs, 0) /
      1000,
    recognisers: recognisers.length,
    ttsCharacters: contexts.reduce((all, { text }) => all + text.length, 0),
    contexts: contexts.length,
    answered,
    givenUp: sum(usages.filter(({ isDone }) => !isDone)),
    requests: requests.length,
    answeredMicros: usages
      .filter(({ isDone }) => isDone)
      .reduce((all, { costUsd }) => all + costUsd * 1e6, 0),
  };
}

function sum(usages: readonly Tokens[]): Tokens {
  return usages.reduce<Tokens>(
    (all, { promptTokens, completionTokens }) => ({
      promptTokens: all.promptTokens + promptTokens,
      completionTokens: all.completionTokens + completionTokens,
    }),
    { promptTokens: 0, completionTokens: 0 },
  );
}

/** What a call cost at the providers, and how much of it was thrown away before the caller heard anything of it. */

import type { CallFloor } from './floor.ts';

export interface CostCase {
  readonly spentMicros: number;
  readonly wastedMicros: number;
}

/**
 * Millionths of a US dollar for each token and character: a model of the class of gpt-4.1-mini (0.40 and 1.60 dollars a
 * million tokens), a voice of the class of flash v2.5 (50 dollars a million characters). List prices, assumed; caching of
 * prompts is left out.
 */
const PROMPT_TOKEN_MICROS = 0.4;
const COMPLETION_TOKEN_MICROS = 1.6;
const TTS_CHARACTER_MICROS = 50;

export function costCase({ result }: CallFloor): CostCase {
  const heard = new Set(result.ear.stretches.map(({ piece }) => piece));
  const useful = new Set(
    [...result.requestOf].flatMap(([piece, request]) => (heard.has(piece) ? [request] : [])),
  );
  let spentMicros = 0;
  let wastedMicros = 0;
  for (const request of result.requests) {
    const { promptTokens, completionTokens } = request;
    const micros = promptTokens * PROMPT_TOKEN_MICROS + completionTokens * COMPLETION_TOKEN_MICROS;
    spentMicros += micros;
    if (!useful.has(request)) wastedMicros += micros;
  }
  for (const { text, pieces } of result.contexts) {
    const micros = text.length * TTS_CHARACTER_MICROS;
    spentMicros += micros;
    if (!pieces.some((piece) => heard.has(piece))) wastedMicros += micros;
  }
  return { spentMicros, wastedMicros };
}

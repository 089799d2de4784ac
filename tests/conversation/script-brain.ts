/** What the OpenRouter stand-in answers a caller of the bench's scripts: the script's words, from the messages alone. */

import { comparable, coverageOf, FULL_COVERAGE, PART_COVERAGE } from '../virtual-call/model.ts';
import { SCRIPTS } from '../virtual-call/plan.ts';
import { MIXED_TURNS } from '../virtual-call/scripts/mixed.ts';
import type { Script, ScriptTurn } from '../virtual-call/scripts/script.ts';
import { plainText } from '../virtual-call/spoken-text.ts';
import type { Brain, BrainReply } from '../standins/brain.ts';

interface Known {
  readonly script: Script;
  readonly turn: ScriptTurn;
  readonly words: readonly string[];
}

const KNOWN: readonly Known[] = Object.values(SCRIPTS).flatMap((script) => {
  const turns = [...script.topics.flatMap((topic) => topic.turns), ...script.closings];
  return [...turns, ...MIXED_TURNS].map((turn) => ({
    script,
    turn,
    words: comparable(plainText(turn.caller), script),
  }));
});

/** Answers the turn of which the caller's last words hold most; asks where they hold little of any. */
export const scriptBrain: Brain = (messages, tools) => {
  const said = messages.findLast(({ role }) => role === 'user')?.content ?? '';
  const best = KNOWN.map((known) => ({ ...known, coverage: coverageIn(known, said) })).reduce(
    (most, each) => (each.coverage > most.coverage ? each : most),
  );
  if (best.coverage < PART_COVERAGE) return { content: best.script.answersToNothing[0] ?? '' };
  if (best.coverage < FULL_COVERAGE) return { content: best.script.answersToPart[0] ?? '' };
  const { agent, tool, afterTool, isLast } = best.turn;
  if (messages.at(-1)?.role === 'tool') return { content: afterTool ?? '' };
  const name = isLast === true ? 'end_call' : tool;
  return withTool(agent, tools.find((offered) => offered.name === name)?.name);
};

function withTool(content: string, name: string | undefined): BrainReply {
  return name === undefined ? { content } : { content, toolCalls: [{ name, arguments: {} }] };
}

/** Of two turns with the same part in it, the longer one. */
function coverageIn({ words, script }: Known, said: string): number {
  return coverageOf(words, comparable(said, script)) + words.length / 10_000;
}

/** The conversation and its latencies, for a terminal. */

import type { Exchange } from '../conversation/converse.ts';
import type { ConversationResult, TurnResult } from '../conversation/result.ts';

/** One exchange as it happens. */
export function formatExchange({ caller, heard, isInterrupted }: Exchange): string {
  const said = caller === undefined ? '' : `  caller  ${caller}\n`;
  return `${said}  agent   ${heard}${isInterrupted ? ' — (interrupted)' : ''}\n`;
}

const BAR_WIDTH = 48;

/** Stages of the waterfall, each drawn with a letter of its own from the end of the one before. */
const STAGES: readonly (readonly [name: string, letter: string, label: string])[] = [
  ['endOfTurn', 'w', 'wait for the end of the turn'],
  ['llmFirstToken', 'l', 'language model to its first token'],
  ['firstClause', 'c', 'first clause'],
  ['ttsFirstAudio', 't', 'text-to-speech to its first audio'],
  ['firstFrameHeard', 'p', 'on its way to the caller'],
];

/** Where the time of each answer went, from the end of the caller's speech. */
export function formatWaterfalls(result: ConversationResult): string {
  const answers = result.turns.filter(({ caller }) => caller !== undefined);
  const longest = Math.max(1, ...answers.map(heardAfterMs));
  const lines = answers.map((turn) => {
    let bar = '';
    for (const [name, letter] of STAGES) {
      const until = turn.waterfallMs[name];
      if (until === undefined) continue;
      bar = bar.padEnd(Math.round((until / longest) * BAR_WIDTH), letter);
    }
    const shown = shorten(turn.caller ?? '', 26);
    return `  ${padWide(shown, 28)}${bar.padEnd(BAR_WIDTH + 2)}${Math.round(heardAfterMs(turn))} ms`;
  });
  const legend = STAGES.map(([, letter, label]) => `${letter} ${label}`).join(' · ');
  return `From the end of the caller's speech to the first sound of the answer\n${lines.join('\n')}\n  ${legend}\n`;
}

function heardAfterMs({ waterfallMs }: TurnResult): number {
  return waterfallMs['firstFrameHeard'] ?? 0;
}

function shorten(content: string, charsMax: number): string {
  const chars = Array.from(content);
  return chars.length <= charsMax ? content : `${chars.slice(0, charsMax - 1).join('')}…`;
}

/** Pads to a width in columns: a Chinese character takes two. */
function padWide(content: string, columns: number): string {
  const wide = content.match(/[\u1100-\u{1faff}]/gu)?.length ?? 0;
  return content.padEnd(columns - wide);
}

/** One line a question an operator would ask. */
export function formatVerdict(result: ConversationResult): string {
  const { characterErrors, lostPackets, endReason } = result;
  return [
    `wrong characters, both ways   ${characterErrors}`,
    `lost packets                  ${lostPackets}`,
    `how it ended                  ${endReason ?? 'still going on'}`,
    '',
  ].join('\n');
}

/** A picture of one call: who spoke when, and for each answer where its time went. */

import type { Exchange } from '../conversation/converse.ts';
import type { ConversationResult, TurnResult } from '../conversation/result.ts';

const WIDTH = 1200;
const LEFT = 170;
const RIGHT = 24;
const LANE_HEIGHT = 44;
const BAR_HEIGHT = 22;
const HEADER = 96;

/** The stages of an answer in order, each from the end of the one before; names as in the edge's waterfall. */
const STAGES: readonly (readonly [name: string, label: string, colour: string])[] = [
  ['endOfTurn', 'end of turn', '#c9b458'],
  ['llmRequest', 'request', '#b0b0b0'],
  ['llmFirstToken', 'first token', '#7f9ccb'],
  ['firstClause', 'first clause', '#5b7db8'],
  ['ttsFirstAudio', 'first audio', '#b07aa1'],
  ['firstFrameSent', 'frame sent', '#8c5a86'],
  ['firstFrameHeard', 'frame heard', '#59a14f'],
];

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

function rect(
  x: number,
  y: number,
  width: number,
  height: number,
  colour: string,
  title: string,
): string {
  const w = Math.max(1, width).toFixed(1);
  return `<rect x="${x.toFixed(1)}" y="${y}" width="${w}" height="${height}" rx="3" fill="${colour}"><title>${escapeXml(title)}</title></rect>`;
}

function write(x: number, y: number, content: string, attributes = ''): string {
  return `<text x="${x.toFixed(1)}" y="${y}" ${attributes}>${escapeXml(content)}</text>`;
}

function shorten(content: string, charsMax: number): string {
  return content.length <= charsMax ? content : `${content.slice(0, charsMax - 1)}…`;
}

/** The call as an SVG document that any browser shows. */
export function drawTimeline(exchanges: readonly Exchange[], result: ConversationResult): string {
  const endMs =
    Math.max(...exchanges.map(({ heardEndMs, callerEndMs }) => Math.max(heardEndMs, callerEndMs))) +
    500;
  const scale = (WIDTH - LEFT - RIGHT) / endMs;
  const x = (ms: number): number => LEFT + ms * scale;
  const waterfallTop = HEADER + 2 * LANE_HEIGHT + 90;
  const answers = result.turns.filter(({ caller }) => caller !== undefined);
  const height = waterfallTop + answers.length * 40 + 40;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="system-ui, sans-serif" font-size="13" fill="#222">`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    write(24, 34, 'One call, as the phone heard it', 'font-size="20" font-weight="600"'),
    write(
      24,
      58,
      `${result.pbx} · ${result.turns.length} turns · ${result.characterErrors} wrong characters · ${result.lostPackets} lost packets`,
      'fill="#555"',
    ),
    ...drawLanes(exchanges, x),
    ...drawAxis(endMs, x, HEADER + 2 * LANE_HEIGHT),
    write(
      24,
      waterfallTop - 18,
      'From the end of the caller’s speech to the first sound of the answer',
      'font-size="16" font-weight="600"',
    ),
    ...drawWaterfalls(answers, waterfallTop),
    '</svg>',
  ];
  return `${parts.join('\n')}\n`;
}

function drawLanes(exchanges: readonly Exchange[], x: (ms: number) => number): string[] {
  const parts = [
    write(24, HEADER + 16, 'Caller'),
    write(24, HEADER + LANE_HEIGHT + 16, 'Agent, as heard'),
  ];
  for (const exchange of exchanges) {
    const { caller, callerStartMs, callerEndMs, heard, heardStartMs, heardEndMs, isInterrupted } =
      exchange;
    if (caller !== undefined) {
      const width = x(callerEndMs) - x(callerStartMs);
      parts.push(rect(x(callerStartMs), HEADER, width, BAR_HEIGHT, '#4e79a7', caller));
      parts.push(label(x(callerStartMs), HEADER + 15, width, caller));
    }
    const width = x(heardEndMs) - x(heardStartMs);
    const colour = isInterrupted ? '#e15759' : '#59a14f';
    const title = isInterrupted ? `${heard} (interrupted)` : heard;
    parts.push(rect(x(heardStartMs), HEADER + LANE_HEIGHT, width, BAR_HEIGHT, colour, title));
    parts.push(label(x(heardStartMs), HEADER + LANE_HEIGHT + 15, width, heard));
  }
  return parts;
}

/** As much of the words as fits into the bar. */
function label(left: number, y: number, width: number, content: string): string {
  const charsMax = Math.floor((width - 8) / 5.6);
  if (charsMax < 4) return '';
  return write(left + 4, y, shorten(content, charsMax), 'font-size="10" fill="#fff"');
}

function drawAxis(endMs: number, x: (ms: number) => number, y: number): string[] {
  const stepS = [1, 2, 5, 10, 20, 60].find((step) => endMs / 1000 / step <= 20) ?? 60;
  const parts: string[] = [];
  for (let second = 0; second * 1000 <= endMs; second += stepS) {
    const at = x(second * 1000);
    parts.push(
      `<line x1="${at.toFixed(1)}" x2="${at.toFixed(1)}" y1="${HEADER - 6}" y2="${y}" stroke="#ddd"/>`,
    );
    parts.push(write(at, y + 14, `${second} s`, 'font-size="11" fill="#777" text-anchor="middle"'));
  }
  return parts;
}

function drawWaterfalls(answers: readonly TurnResult[], top: number): string[] {
  const longest = Math.max(
    1000,
    ...answers.flatMap(({ waterfallMs }) => Object.values(waterfallMs)),
  );
  const scale = (WIDTH - LEFT - 180) / longest;
  const parts = answers.flatMap(({ caller, waterfallMs, interrupted }, row) => {
    const y = top + row * 40;
    const bars: string[] = [write(24, y + 15, shorten(caller ?? '', 22), 'font-size="12"')];
    let from = 0;
    for (const [name, stage, colour] of STAGES) {
      const until = waterfallMs[name];
      if (until === undefined || until <= from) continue;
      bars.push(
        rect(
          LEFT + from * scale,
          y,
          (until - from) * scale,
          BAR_HEIGHT,
          colour,
          `${stage}: ${Math.round(until - from)} ms`,
        ),
      );
      from = until;
    }
    const note = interrupted ? ' (then interrupted)' : '';
    bars.push(
      write(LEFT + from * scale + 6, y + 15, `${Math.round(from)} ms${note}`, 'font-size="12"'),
    );
    return bars;
  });
  const legendY = top + answers.length * 40 + 14;
  const legend = STAGES.flatMap(([, stage, colour], index) => {
    const left = LEFT + index * 128;
    return [
      rect(left, legendY - 10, 12, 12, colour, stage),
      write(left + 18, legendY, stage, 'font-size="11" fill="#555"'),
    ];
  });
  return [...parts, ...legend];
}

/** The bench as a picture: how response latencies are distributed, and one call as a timeline. SVG, without scripts. */

import type { CallResult } from '../../virtual-call/call-result.ts';
import type { ConversationBenchRun, EngineName } from './bench.ts';
import type { CallCases } from './figures.ts';

const WIDTH = 960;
const MARGIN = 56;
const PLOT_HEIGHT = 240;
const BIN_MS = 100;
const LATENCY_MS_MAX = 4000;
const LANE_HEIGHT = 34;
/** The timeline is folded into rows of this length. */
const ROW_MS = 20_000;
const COLOURS: Readonly<Record<EngineName | 'caller' | 'agent' | 'aside' | 'grid', string>> = {
  ours: '#1a7f5a',
  baseline: '#b0651d',
  caller: '#2f5fa8',
  agent: '#1a7f5a',
  aside: '#8e8e8e',
  grid: '#d9d9d9',
};

export function drawConversationBench({ result, cases, sample }: ConversationBenchRun): string {
  const histogram = drawHistogram(cases, {
    ours: result.ours.all.responseLatencyMs.median,
    baseline: result.baseline.all.responseLatencyMs.median,
  });
  const timeline = drawTimeline(sample);
  const height = PLOT_HEIGHT + 130 + timeline.height;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" font-family="system-ui, sans-serif" font-size="12">
<rect width="100%" height="100%" fill="white"/>
${text(MARGIN, 24, 'Response latency at the ear: end of the caller’s turn to the first sound of the agent', 15)}
${histogram}
${text(MARGIN, PLOT_HEIGHT + 100, `One call (seed ${sample.plan.seed}, ${sample.plan.language})`, 15)}
<g transform="translate(0 ${PLOT_HEIGHT + 115})">${timeline.svg}</g>
</svg>
`;
}

function drawHistogram(
  cases: Readonly<Record<EngineName, readonly CallCases[]>>,
  medians: Readonly<Record<EngineName, number | undefined>>,
): string {
  const top = 40;
  const bottom = top + PLOT_HEIGHT;
  const bins = { ours: binsOf(cases.ours), baseline: binsOf(cases.baseline) };
  const most = Math.max(0.01, ...bins.ours, ...bins.baseline);
  const x = (latencyMs: number): number =>
    MARGIN + (latencyMs / LATENCY_MS_MAX) * (WIDTH - 2 * MARGIN);
  const y = (share: number): number => bottom - (share / most) * (PLOT_HEIGHT - 20);
  const grid = Array.from({ length: LATENCY_MS_MAX / 500 + 1 }, (_, i) => {
    const at = x(i * 500);
    return `${line(at, top, at, bottom, COLOURS.grid)}${text(at - 12, bottom + 16, String(i * 500))}`;
  });
  const series = (['baseline', 'ours'] as const).map((name, i) => {
    const bars = bins[name].map((share, bin) =>
      rect(x(bin * BIN_MS), y(share), x(BIN_MS) - x(0) - 1, bottom - y(share), COLOURS[name], 0.55),
    );
    const median = medians[name];
    const mark = median === undefined ? '' : line(x(median), top, x(median), bottom, COLOURS[name]);
    const label = `${name}: median ${median ?? '-'} ms`;
    const legend = `${rect(WIDTH - 260, top + i * 20, 12, 12, COLOURS[name], 0.8)}${text(WIDTH - 242, top + 11 + i * 20, label)}`;
    return bars.join('') + mark + legend;
  });
  return `${grid.join('')}${series.join('')}${text(WIDTH - MARGIN - 16, bottom + 34, 'ms')}`;
}

/** Part of the turns in each bin; the last one holds all that took longer. */
function binsOf(cases: readonly CallCases[]): number[] {
  const bins = Array.from({ length: LATENCY_MS_MAX / BIN_MS }, () => 0);
  const values = cases.flatMap(({ turns }) => turns.flatMap(({ responseMs }) => responseMs ?? []));
  for (const value of values) {
    const bin = Math.min(bins.length - 1, Math.floor(value / BIN_MS));
    bins[bin] = (bins[bin] ?? 0) + 1 / values.length;
  }
  return bins;
}

interface Bar {
  readonly lane: 0 | 1;
  readonly fromMs: number;
  readonly toMs: number;
  readonly colour: string;
  readonly label: string;
}

function drawTimeline(call: CallResult): { readonly svg: string; readonly height: number } {
  const bars = [...callerBars(call), ...agentBars(call)];
  const lengthMs = call.endedAt - call.startedAt;
  const rows = Math.ceil(lengthMs / ROW_MS);
  const rowHeight = 2 * LANE_HEIGHT + 26;
  const x = (ms: number): number => MARGIN + (ms / ROW_MS) * (WIDTH - 2 * MARGIN);
  const parts: string[] = [];
  for (let row = 0; row < rows; row++) {
    const top = row * rowHeight;
    const fromMs = row * ROW_MS;
    parts.push(text(6, top + 20, 'caller'), text(6, top + LANE_HEIGHT + 20, 'agent'));
    for (let second = 0; second <= ROW_MS / 1000; second += 2) {
      const at = x(second * 1000);
      parts.push(line(at, top, at, top + 2 * LANE_HEIGHT, COLOURS.grid));
      parts.push(text(at - 8, top + 2 * LANE_HEIGHT + 13, `${second + fromMs / 1000} s`, 9));
    }
    for (const bar of bars) {
      const from = Math.max(bar.fromMs, fromMs);
      const to = Math.min(bar.toMs, fromMs + ROW_MS);
      if (from >= to) continue;
      const at = x(from - fromMs);
      const width = x(to - fromMs) - at;
      const y = top + 4 + bar.lane * LANE_HEIGHT;
      parts.push(rect(at, y, width, LANE_HEIGHT - 10, bar.colour, 0.35));
      const label = bar.label.slice(0, Math.floor(width / 5.2));
      if (from === bar.fromMs) parts.push(text(at + 2, y + 15, label, 9));
    }
  }
  return { svg: parts.join(''), height: rows * rowHeight + 10 };
}

function callerBars({ utterances, startedAt }: CallResult): Bar[] {
  return utterances.map(({ kind, said, noise, startAt, endAt }) => ({
    lane: 0,
    fromMs: startAt - startedAt,
    toMs: endAt - startedAt,
    colour: kind === 'turn' ? COLOURS.caller : COLOURS.aside,
    label: said?.text ?? noise ?? kind,
  }));
}

function agentBars({ ear, startedAt }: CallResult): Bar[] {
  return ear.stretches.map(({ piece, at, fromByte, toByte }) => ({
    lane: 1,
    fromMs: at - startedAt,
    toMs: at - startedAt + (toByte - fromByte) / 8,
    colour: piece.isClip ? COLOURS.baseline : COLOURS.agent,
    label: fromByte < 2400 ? piece.text : '',
  }));
}

function line(x1: number, y1: number, x2: number, y2: number, colour: string): string {
  return `<line x1="${px(x1)}" y1="${px(y1)}" x2="${px(x2)}" y2="${px(y2)}" stroke="${colour}"/>`;
}

function rect(
  x: number,
  y: number,
  width: number,
  height: number,
  fill: string,
  opacity: number,
): string {
  return `<rect x="${px(x)}" y="${px(y)}" width="${px(width)}" height="${px(height)}" fill="${fill}" fill-opacity="${opacity}"/>`;
}

function text(x: number, y: number, content: string, size = 12): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return `<text x="${px(x)}" y="${px(y)}" font-size="${size}">${escaped}</text>`;
}

function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/**
 * A finished call as lines for people: what the caller says at his mouth, what he hears at his ear, and between them what
 * the agent makes of it.
 */

import type { TurnRecord } from '@patchcord/edge/src/call/core/call-record.ts';
import type { CallEvent } from '../../virtual-call/call-event.ts';
import type { CallResult } from '../../virtual-call/call-result.ts';
import type { Utterance } from '../../virtual-call/caller.ts';
import type { HeardStretch } from '../../virtual-call/ear.ts';
import { isHan, joinDisplay } from '../../virtual-call/words.ts';
import { withPauses } from '../../virtual-call/spoken-text.ts';

const BYTES_PER_MS = 8;
/** A breath between two sentences; longer is a line of its own. */
const BREATH_MS = 700;

interface Line {
  readonly at: number;
  readonly who: string;
  readonly text: string;
}

/** One character of the agent's, or part of one, as it was heard. */
interface HeardChar {
  readonly at: number;
  readonly endAt: number;
  readonly char: string;
  readonly isWordStart: boolean;
  readonly isPieceStart: boolean;
}

/** Times in seconds since the stream began; {@link CallResult.startedAt} is 0. */
export function timelineOf(result: CallResult): string {
  const others = [...utteranceLines(result), ...eventLines(result), ...turnLines(result)].toSorted(
    (a, b) => a.at - b.at,
  );
  const all = [...agentLines(result, others), ...others].toSorted((a, b) => a.at - b.at);
  return counted(all)
    .map((line) => format(line, result.startedAt))
    .join('\n');
}

/** The same several times at once, as when all models are asked and all refuse, is one line. */
function counted(lines: readonly Line[]): Line[] {
  return lines.flatMap((line, i) => {
    const isSame = (other: Line | undefined): boolean =>
      other?.text === line.text && Math.abs(other.at - line.at) < 1;
    if (isSame(lines[i - 1])) return [];
    const count = lines.slice(i).findIndex((other) => !isSame(other));
    const times = count < 0 ? lines.length - i : count;
    return [times > 1 ? { ...line, text: `${line.text}, ${times} times` } : line];
  });
}

function format({ at, who, text }: Line, startedAt: number): string {
  const seconds = ((at - startedAt) / 1000).toFixed(2).padStart(7);
  return `${seconds}  ${who.padEnd(7)} ${text}`;
}

// The caller

function utteranceLines(result: CallResult): Line[] {
  return result.utterances.map((utterance) => ({
    at: utterance.startAt,
    who: utterance.kind === 'noise' ? 'noise' : 'caller',
    text: sayingOf(utterance, result),
  }));
}

function sayingOf(utterance: Utterance, result: CallResult): string {
  const { said, noise, keys, startAt, endAt, isInterrupting, attempt } = utterance;
  if (noise !== undefined) return `(${noise}, ${Math.round(endAt - startAt)} ms)`;
  if (keys !== undefined) return `(presses ${Array.from(keys).join(' ')})`;
  if (said === undefined) return '';
  const how = isInterrupting ? '(cuts in) ' : attempt > 0 ? '(again) ' : '';
  const goneAt = result.events.find(({ kind }) => kind === 'hang-up')?.at ?? Infinity;
  const untilMs = Math.min(endAt, goneAt) - startAt;
  const begun = said.units.filter(({ startMs }) => startMs < untilMs);
  const last = begun.at(-1);
  if (begun.length === said.units.length && (last?.endMs ?? 0) <= untilMs + 1) {
    return `${how}"${withPauses(said)}"`;
  }
  return `${how}"${joinDisplay(begun)}–"`;
}

// What happened

function eventLines(result: CallResult): Line[] {
  const recognisers = result.events.filter(({ kind }) => kind === 'recogniser').slice(1);
  return result.events.flatMap((event) => {
    const line = eventLine(event, recognisers.includes(event));
    return line === undefined ? [] : [{ at: event.at, ...line }];
  });
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;

function eventLine(event: CallEvent, isLater: boolean): Omit<Line, 'at'> | undefined {
  const core = (text: string): Omit<Line, 'at'> => ({ who: '  ·', text });
  switch (event.kind) {
    case 'log':
      if (event.code !== undefined) return { who: '  !', text: `fault: ${event.code}` };
      return event.event === 'barge-in'
        ? core('it is an interruption: the agent gives way')
        : undefined;
    case 'tool':
      return core(`calls the tool ${event.name}, which takes ${seconds(event.tookMs)}`);
    case 'pause':
      return core('holds its breath');
    case 'unpause':
      return core('it was nothing: goes on at the same sample');
    case 'clear':
      return core(`takes back what was not played yet, ${seconds(event.threwMs)}`);
    case 'recogniser':
      return isLater
        ? core(`another recogniser is opened, ${event.languages.join(', ')}`)
        : undefined;
    case 'outage': {
      const { provider, only, code, untilMs, fromMs } = event.outage;
      const which = only === undefined ? '' : ` (${only})`;
      return {
        who: '  !',
        text: `${provider}${which} fails for ${seconds(untilMs - fromMs)}, ${code}`,
      };
    }
    case 'transfer':
      return core(`transfer: ${event.status}`);
    case 'closed':
      return core(`the call ends: ${event.reason}`);
    case 'visit':
      return { who: 'room', text: `"${event.visit.said.text}"` };
    case 'hang-up':
      return { who: 'caller', text: '(hangs up)' };
    case 'gives-way':
      return { who: 'caller', text: '(gives way)' };
    case 'key':
      return undefined;
  }
}

/** When a turn was closed, and what of it was remembered where it was cut off. */
function turnLines({ turns, endedAt }: CallResult): Line[] {
  return turns.flatMap((turn) => {
    const lines: Line[] = [];
    const closedAt = instantOf(turn, 'endOfTurn');
    if (turn.understood !== undefined && closedAt !== undefined) {
      const ahead = turn.isSpeculative ? ', answered ahead of time' : '';
      lines.push({ at: closedAt, who: '  ·', text: `understood: "${turn.understood}"${ahead}` });
    }
    if (turn.interrupted) {
      const text = `remembered of turn ${turn.index}, which was cut off: "${turn.heard}"`;
      lines.push({ at: endedAt, who: '  ·', text });
    }
    return lines;
  });
}

/** A stage of the waterfall counts from the caller's last sound; the model was asked when the turn began. */
function instantOf(turn: TurnRecord, stage: 'endOfTurn'): number | undefined {
  const { llmRequest, [stage]: reached } = turn.waterfallMs;
  if (llmRequest === undefined || reached === undefined) return undefined;
  return turn.startedAt - llmRequest + reached;
}

// The agent

/** The agent's words; a line ends where something else happens, and with a silence. */
function agentLines(result: CallResult, others: readonly Line[]): Line[] {
  const lines: { at: number; endAt: number; text: string }[] = [];
  const visible = others.map(({ at }) => at);
  for (const each of result.ear.stretches.flatMap(charsOf)) {
    const line = lines.at(-1);
    const isBroken =
      line === undefined ||
      each.at - line.endAt > BREATH_MS ||
      (each.isWordStart && visible.some((at) => at > line.at && at <= each.at));
    if (isBroken) lines.push({ at: each.at, endAt: each.endAt, text: each.char });
    else {
      line.text = line.text === '' ? each.char : joined(line.text, each);
      line.endAt = each.endAt;
    }
  }
  return lines
    .filter(({ text }) => text.trim() !== '')
    .map(({ at, text }) => ({
      at,
      who: 'AGENT',
      text: `"${text.trim()}"${responseOf(at, result)}`,
    }));
}

/** Two pieces that were written apart run into each other without a space. */
function joined(text: string, { char, isPieceStart }: HeardChar): string {
  const isApart = !isPieceStart || /[\s–]$/u.test(text) || isHan(char) || /\s/u.test(char);
  return isApart ? text + char : `${text} ${char}`;
}

/** The characters of a stretch that were heard whole; where it ends in mid-word, a dash. */
function charsOf({ piece, at, fromByte, toByte }: HeardStretch): HeardChar[] {
  const fromMs = fromByte / BYTES_PER_MS;
  const toMs = toByte / BYTES_PER_MS;
  const heard = piece.chars.flatMap(({ char, startMs, lengthMs }, i): HeardChar[] => {
    // Marks and spaces are silent: they are heard with what is before them. A sound counts where most of it is.
    const placeMs = isSounding(char) ? startMs + lengthMs / 2 : startMs;
    if (placeMs < fromMs || placeMs > toMs) return [];
    const before = piece.chars.slice(0, i);
    const isWordStart = isHan(char) || !isSounding(before.at(-1)?.char ?? '');
    const isPieceStart = !before.some((each) => isSounding(each.char));
    const startAt = at + startMs - fromMs;
    return [{ at: startAt, endAt: startAt + lengthMs, char, isWordStart, isPieceStart }];
  });
  const last = heard.at(-1);
  const next =
    piece.chars[
      piece.chars.findLastIndex(({ startMs, lengthMs }) => startMs + lengthMs / 2 <= toMs) + 1
    ];
  const isCut = last !== undefined && isSounding(last.char) && isSounding(next?.char ?? '');
  if (isCut && !isHan(last.char)) {
    heard.push({ ...last, at: last.endAt, char: '–', isWordStart: false, isPieceStart: false });
  }
  return heard;
}

function isSounding(char: string): boolean {
  return /[\p{L}\p{N}]/u.test(char);
}

/** Where the agent's first word follows the caller's last one: how long he waited. */
function responseOf(at: number, { utterances, ear, startedAt }: CallResult): string {
  const asked = utterances.findLast(
    ({ kind, endAt }) => kind !== 'noise' && kind !== 'backchannel' && endAt <= at,
  );
  const before = ear.runs.findLast(({ fromAt }) => fromAt < at - 1);
  const endAt = asked?.endAt ?? startedAt;
  const isFirst = asked !== undefined && (before === undefined || before.toAt <= endAt + 1);
  return isFirst ? `   (after ${seconds(at - endAt)})` : '';
}

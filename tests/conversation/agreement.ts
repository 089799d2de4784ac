/**
 * Whether all that is kept of a call says what happened in it: recording, transcript, cost, webhook, list, beside what the phone
 * sent and heard and what the providers were asked.
 */

import { languageOf } from '@patchcord/edge/src/call/core/language/language.ts';
import { joinWords, type HeardWord } from '../speech/decode.ts';
import { align, type Alignment } from './alignment.ts';
import type { Consumed } from './consumed.ts';
import { understand } from './heard-speech.ts';
import { isSignedWebhook, type Kept, type KeptReport } from './kept.ts';
import { spokenOf } from './spoken.ts';
import { characterErrors } from './text-distance.ts';
import { isSpoken } from '../virtual-call/words.ts';
import { compareWords } from './word-places.ts';

/** The call as its phone and the providers had it. */
export interface Happened {
  readonly callSid: string;
  readonly agent: string;
  readonly from: string;
  readonly to: string;
  readonly endReason: string;
  /** What the caller said to be answered, in order. */
  readonly said: readonly string[];
  /** µ-law on the phone's clock: what it sent, and what it heard. */
  readonly spoken: Uint8Array;
  readonly heard: Uint8Array;
  /** The same packet by packet, without the gaps that a sender without CPU makes: for its words. */
  readonly payload: Uint8Array;
  /** How much earlier all of `heard` was than it is laid out (`ReceptionStats.anchorLateMs`). */
  readonly heardEarlierMs: number;
  /** For so long at most relay or phone had no CPU when audio was due. Nobody can tell the edge; 0 on a host that has time. */
  readonly stalledMs: number;
  /** From the answer to the end, at the phone. */
  readonly lengthMs: number;
  /** The edge is told to the sample what was played; else by marks alone. */
  readonly isExact: boolean;
  readonly consumed: Consumed;
  readonly authToken: string;
}

/**
 * One micro-unit for a character and for a token of a request, a thousand for a token of an answer, a million for a second of
 * recognition or of line: each is read from the cost as it is.
 */
export const TELLING_PRICES = {
  currency: 'USD',
  sttPerHour: 3600,
  ttsPerMillionChars: 1,
  llmInputPerMillionTokens: 1,
  llmOutputPerMillionTokens: 1000,
  linePerMinute: 60,
} as const;

export interface Agreement {
  /** What does not agree, for people; none where all does. */
  readonly problems: readonly string[];
  readonly figures: Readonly<Record<string, number>>;
}

/** Both channels, and one beside the other. */
export const ALIGNED_MS = 20;
/** Where marks alone tell what was played: "each word is near its time" (docs/afterwards.md). */
const ALIGNED_BY_MARKS_MS = 60;
/** The call begins with its stream and ends with it, each a moment before or after its audio. */
const LENGTH_MS = 300;
/** At its end the relay has handed out what is still on its way to the phone, and the phone what is on its way to the edge. */
const ON_ITS_WAY_BYTES = 3 * 160;
/** From the phone's answer to the stream's first frame, and from its end to the phone's: the PBX and two sockets. */
const SIGNALLING_MS = 1500;
/** Whole seconds are billed, of audio that comes in pieces of 100 ms. */
const STT_SECONDS = 0.75;
/**
 * Nobody counts the tokens of an answer that was given up: the edge reckons them by their letters. Of all others, one may have
 * been given up when its end was on its way.
 */
const GIVEN_UP = 0.6;
const ANSWERED = 0.02;

export function compare(kept: Kept, happened: Happened): Agreement {
  const problems: string[] = [];
  const figures: Record<string, number> = {};
  const parts = [
    recordingProblems,
    transcriptProblems,
    costProblems,
    webhookProblems,
    callProblems,
  ];
  for (const part of parts) problems.push(...part(kept, happened, figures));
  return { problems, figures };
}

type Figures = Record<string, number>;

function recordingProblems(kept: Kept, happened: Happened, figures: Figures): string[] {
  const { left, right, report } = kept;
  const { spoken, heard, payload, isExact, heardEarlierMs, stalledMs } = happened;
  const alignedMs = (isExact ? ALIGNED_MS : ALIGNED_BY_MARKS_MS) + stalledMs;
  const caller = align(spoken, left);
  const { status, startsMs, durationMs } = report.recording;
  const problems = [
    ...(status === 'stored' ? [] : [`the recording is ${status}`]),
    ...contentProblems('the caller', caller),
    ...unless(
      caller.deviationMs <= alignedMs,
      `the caller is up to ${caller.deviationMs} ms beside its time: ${caller.offsetsMs.join(', ')} ms`,
    ),
    ...(startsMs === 0 && caller.before > 0 ? ['the caller spoke before the recording'] : []),
    ...unless(Math.abs(left.length / 8 - durationMs) <= 1, 'the recording has another length'),
    ...unless(
      Math.abs(lengthMsOf(report) - startsMs - durationMs) <= LENGTH_MS + stalledMs,
      `the recording has ${durationMs} ms of the call's ${lengthMsOf(report)} ms`,
    ),
  ];
  Object.assign(figures, {
    stalledMs,
    lengthDifferenceMs: lengthMsOf(report) - startsMs - durationMs,
    callerDeviationMs: caller.deviationMs,
  });
  const said = isExact ? align(payload, right) : undefined;
  const content =
    said === undefined ? wordProblems(kept, happened) : contentProblems('the agent', said);
  // Where timestamps jump, a phone's own clock has sounds twice or not at all: then words have to tell.
  const found = align(heard, right);
  const isWhole = isExact && found.differsAt === undefined;
  const words = isWhole ? undefined : compareWords(understand(heard), understand(right));
  const { offsetMs, deviationMs: byTimestampsMs } = words ?? found;
  // A PBX without CPU writes timestamps that jump, while the relay sends a packet for each slot: then packets tell the time.
  const byPacketsMs = said?.deviationMs ?? byTimestampsMs;
  const deviationMs = Math.min(byTimestampsMs, byPacketsMs);
  const apartMs = offsetMs - heardEarlierMs - caller.offsetMs;
  // Whatever the host has withheld: how many calls are within `ALIGNED_MS` is for a test to count.
  const besideMs = Math.max(caller.deviationMs, deviationMs, Math.abs(apartMs));
  Object.assign(figures, { byTimestampsMs, byPacketsMs, channelsApartMs: apartMs, besideMs });
  return [
    ...problems,
    ...content,
    ...unless(deviationMs <= alignedMs, `the agent is up to ${deviationMs} ms beside its time`),
    ...unless(Math.abs(apartMs) <= alignedMs, `the channels are ${apartMs} ms apart`),
  ];
}

/** Where marks tell what was played, words that were cut may be there or not. */
function wordProblems({ report, right }: Kept, { heard }: Happened): string[] {
  const words = compareWords(understand(heard), understand(right));
  const cuts = report.turns.reduce(
    (sum, { interrupted, falseAlarms }) => sum + falseAlarms + (interrupted ? 1 : 0),
    0,
  );
  return unless(
    words.onlyHeard.length <= cuts && words.onlyRecorded.length <= cuts,
    `words heard and not recorded: ${words.onlyHeard.join(' ')}; recorded and not heard: ${words.onlyRecorded.join(' ')}; cuts: ${cuts}`,
  );
}

function contentProblems(who: string, { samples, differsAt, missing, extra }: Alignment): string[] {
  if (differsAt !== undefined) {
    return [`${who} sounds otherwise in the recording after ${samples} samples of sound`];
  }
  return [
    ...unless(missing <= ON_ITS_WAY_BYTES, `${missing} samples of ${who} are not in the recording`),
    ...unless(extra <= ON_ITS_WAY_BYTES, `the recording has ${extra} samples too many of ${who}`),
  ];
}

/** Each turn has what was said to it and, to the word, what was heard of it. */
function transcriptProblems(
  { report }: Kept,
  { said, payload }: Happened,
  figures: Figures,
): string[] {
  const language = languageOf(report.language ?? 'en-US');
  const understood = report.turns.flatMap((turn) => turn.understood ?? []);
  const errors = said.map((text, i) => characterErrors(bare(text), bare(understood[i] ?? '')));
  const words = understand(payload);
  const problems = [
    ...unless(
      understood.length === said.length && errors.every((count) => count === 0),
      `understood ${JSON.stringify(understood)} of ${JSON.stringify(said)}`,
    ),
    ...words
      .filter(({ damaged }) => damaged)
      .map(({ startSample }) => `a damaged word at ${startSample / 8} ms of what was heard`),
  ];
  let rest: readonly HeardWord[] = words;
  for (const { index, heard: kept, agent, interrupted } of report.turns) {
    const wanted = bare(spokenOf(kept, language));
    const after = take(rest, wanted);
    if (after === undefined) {
      const line = bare(joinWords(rest)).slice(0, wanted.length + 20);
      return [...problems, `turn ${index} has heard «${wanted}», the phone «${line}»`];
    }
    rest = after;
    const isWhole = kept === agent.trimEnd();
    problems.push(
      ...unless(interrupted || isWhole, `turn ${index} was not interrupted, but has «${kept}»`),
    );
  }
  const left = rest.filter(({ partial }) => !partial);
  Object.assign(figures, { wordsHeard: words.length });
  return [...problems, ...unless(left.length === 0, `heard, and in no turn: «${joinWords(left)}»`)];
}

/**
 * What follows `wanted` among the words; undefined where they say something else. A word that was cut may be in it as far as
 * it was heard, or not at all: where playout cannot be paused, it is said again. The mark behind the last word need not be.
 */
function take(words: readonly HeardWord[], wanted: string): readonly HeardWord[] | undefined {
  if (wanted === '') return words;
  const [word, ...rest] = words;
  if (word === undefined) return undefined;
  const text = bare(joinWords([word]));
  const isPart = wanted.startsWith(text);
  const after = isPart ? take(rest, wanted.slice(text.length)) : undefined;
  if (after !== undefined) return after;
  if (word.partial) return text.startsWith(wanted) ? rest : take(rest, wanted);
  return text.startsWith(wanted) && !isSpoken(text.slice(wanted.length)) ? rest : undefined;
}

function bare(text: string): string {
  return text.replaceAll(/\s+/gu, '');
}

function costProblems({ report }: Kept, { consumed }: Happened, figures: Figures): string[] {
  const { sttMicros, llmMicros, ttsMicros, lineMicros, totalMicros } = report.cost;
  const { sttSeconds, ttsCharacters, contexts, answered, givenUp } = consumed;
  const micros = ({ promptTokens, completionTokens }: Consumed['answered']): number =>
    promptTokens * TELLING_PRICES.llmInputPerMillionTokens +
    completionTokens * TELLING_PRICES.llmOutputPerMillionTokens;
  const llmApart = llmMicros - micros(answered) - micros(givenUp);
  Object.assign(figures, {
    sttSecondsApart: sttMicros / 1e6 - sttSeconds,
    ttsCharactersApart: ttsMicros - ttsCharacters,
    ttsCharacters,
    contexts,
    llmMicros,
    llmMicrosApart: llmApart,
    givenUpMicros: micros(givenUp),
  });
  return [
    ...unless(
      Math.abs(sttMicros / 1e6 - sttSeconds) <= STT_SECONDS,
      `recognition is billed with ${sttMicros / 1e6} s and was given ${sttSeconds} s`,
    ),
    // To the last piece of an answer a space is added, which ends its last word; phrases of the agent's own are one too.
    ...unless(
      ttsCharacters - ttsMicros >= 0 && ttsCharacters - ttsMicros <= contexts + consumed.requests,
      `the voice is billed with ${ttsMicros} characters and was given ${ttsCharacters} in ${contexts} contexts`,
    ),
    ...unless(
      Math.abs(llmApart) <= GIVEN_UP * micros(givenUp) + ANSWERED * micros(answered),
      `the model is billed with ${llmMicros}; answers ${micros(answered)}, given up ${micros(givenUp)}`,
    ),
    ...unless(
      Math.abs(lineMicros / 1e3 - lengthMsOf(report)) <= 1,
      `the line is billed with ${lineMicros / 1e3} ms of ${lengthMsOf(report)} ms`,
    ),
    ...unless(totalMicros === sttMicros + llmMicros + ttsMicros + lineMicros, 'a wrong total'),
  ];
}

function webhookProblems({ report, posted }: Kept, { authToken }: Happened): string[] {
  const [request] = posted;
  if (request === undefined || posted.length > 1) return [`${posted.length} webhooks`];
  const { recording, webhook, turns, summary, extraction, cost } = report;
  const call = Object.fromEntries(
    CALL_FIELDS.map((name): [string, unknown] => [name, report[name]]),
  );
  const expected = {
    id: webhook.id,
    type: 'call.completed',
    call,
    turns: turns.map(
      ({ index, kind, startedAt, understood, agent, heard, interrupted, tools }) => ({
        index,
        kind,
        startedAt,
        understood: understood ?? null,
        agent,
        heard,
        interrupted,
        tools,
      }),
    ),
    summary,
    extraction,
    cost,
    recording: {
      path: `/api/v1/calls/${report.callSid}/recording`,
      startsMs: recording.startsMs,
      durationMs: recording.durationMs,
    },
  };
  return [
    ...unless(isSignedWebhook(request, authToken), 'the webhook is not signed'),
    ...unless(request.headers['idempotency-key'] === webhook.id, 'the webhook has another key'),
    ...unless(webhook.tries === 1, `the webhook took ${webhook.tries} tries`),
    ...unless(
      sorted(JSON.parse(request.body)) === sorted(expected),
      `the webhook says ${request.body}, the API ${JSON.stringify(expected)}`,
    ),
  ];
}

const CALL_FIELDS = [
  'callSid',
  'agent',
  'agentVersion',
  'status',
  'endReason',
  'answeredBy',
  'startedAt',
  'endedAt',
  'from',
  'to',
  'language',
  'notes',
  'errors',
] as const satisfies readonly (keyof KeptReport)[];

/** As JSON with the fields of every object in order. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}

function callProblems({ report, row }: Kept, happened: Happened, figures: Figures): string[] {
  const { callSid, agent, from, to, endReason, lengthMs } = happened;
  const apartMs = lengthMs - lengthMsOf(report);
  Object.assign(figures, { lengthApartMs: Math.round(apartMs) });
  const wanted = { callSid, agent, from, to, endReason, status: 'completed' };
  const fields = Object.entries(wanted).flatMap(([name, value]) => [
    ...unless(report[name] === value, `${name} is ${String(report[name])}, not ${value}`),
    ...unless(row?.[name] === value, `in the list ${name} is ${String(row?.[name])}, not ${value}`),
  ]);
  const { totalMicros, currency } = report.cost;
  const listed = {
    durationMs: lengthMsOf(report),
    costMicros: totalMicros,
    currency,
    hasRecording: true,
    turns: report.turns.length,
    summary: report.summary,
  };
  return [
    ...fields,
    ...Object.entries(listed).flatMap(([name, value]) =>
      unless(row?.[name] === value, `in the list ${name} is ${String(row?.[name])}, not ${value}`),
    ),
    ...unless(
      Math.abs(apartMs) <= SIGNALLING_MS,
      `the phone's call had ${lengthMs} ms, the edge's ${lengthMsOf(report)} ms`,
    ),
    ...[...report.errors, ...report.turns.flatMap(({ errors }) => errors)].map(
      ({ code, message }) => `${code}: ${message}`,
    ),
  ];
}

function lengthMsOf({ startedAt, endedAt }: KeptReport): number {
  return Date.parse(endedAt) - Date.parse(startedAt);
}

function unless(isSo: boolean, problem: string): string[] {
  return isSo ? [] : [problem];
}

/** What can go wrong with a provider, as it comes into the core: by code, and when. */

import type { FaultCode } from '@patchcord/edge/src/call/core/faults.ts';
import type { Trouble } from '../world/trouble.ts';

export const STAGES = ['stt', 'llm', 'tts', 'tool'] as const;
export type Stage = (typeof STAGES)[number];
export type Provider = Exclude<Stage, 'tool'>;

export const FAULTS = [
  'refused',
  '401',
  '429',
  'quota',
  '5xx',
  'slow',
  'stall',
  'error',
  'disconnect',
  'garbage',
] as const;
export type FaultName = (typeof FAULTS)[number];

/** As an operator would say it. */
export const FAULT_TITLES: Readonly<Record<FaultName, string>> = {
  refused: 'refused connection',
  '401': 'wrong key (401)',
  '429': 'too many requests (429)',
  quota: 'quota or credit spent',
  '5xx': 'server error (5xx)',
  slow: 'slow first byte',
  stall: 'silence on an open connection',
  error: 'error in mid-stream',
  disconnect: 'connection cut',
  garbage: 'garbage',
};

/** One fault at one provider. */
export interface Shape {
  /** What becomes of a piece of work that begins with it. */
  readonly fresh: Trouble;
  /** What becomes of one that is under way: what can only be refused loses its connection, and is refused then. */
  readonly running: Trouble;
  /** Codes of which at least one is recorded where the fault was met. */
  readonly codes: readonly FaultCode[];
  /** The session goes on without the provider, or not at all, at the first one. */
  readonly isFinal: boolean;
}

/** A first byte that is so late is waited for by nobody. */
const SLOW_MS: Readonly<Record<Provider, number>> = { stt: 4000, llm: 6000, tts: 4000 };

/** How long a refusal takes. */
const REFUSED_MS = 20;
const STATUS_MS = 150;
/** A server that fails takes its time. */
const SERVER_ERROR_MS = 400;

const BROKEN: Readonly<Record<Provider, FaultCode>> = {
  // Azure's SDK reports whatever ends a connection as one thing.
  stt: 'STT_UNAVAILABLE',
  llm: 'LLM_BROKEN',
  tts: 'TTS_BROKEN',
};
const CUT: Readonly<Record<Provider, FaultCode>> = {
  stt: 'STT_UNAVAILABLE',
  llm: 'LLM_BROKEN',
  tts: 'TTS_UNAVAILABLE',
};
const SILENT: Readonly<Record<Provider, readonly FaultCode[]>> = {
  // The caller is understood late, or asked to say it again.
  stt: [],
  llm: ['LLM_TIMEOUT'],
  tts: ['TTS_TIMEOUT'],
};

export function shapeOf(fault: FaultName, provider: Provider): Shape {
  const prefix = provider === 'stt' ? 'STT' : provider === 'llm' ? 'LLM' : 'TTS';
  const failing = (code: FaultCode, freshMs: number, running: FaultCode = code): Shape => ({
    fresh: { kind: 'fails', code, afterMs: freshMs },
    running: { kind: 'fails', code: running, afterMs: 0 },
    codes: [code, running],
    isFinal: code.endsWith('_AUTH') || code.endsWith('_QUOTA'),
  });
  const late = (byMs: number): Shape => ({
    fresh: { kind: 'late', byMs },
    running: { kind: 'late', byMs },
    codes: SILENT[provider],
    isFinal: false,
  });
  switch (fault) {
    case 'refused':
      return failing(`${prefix}_UNAVAILABLE`, REFUSED_MS, CUT[provider]);
    case '401':
      return failing(`${prefix}_AUTH`, STATUS_MS, provider === 'stt' ? CUT.stt : undefined);
    case '429':
      return failing(`${prefix}_RATE_LIMITED`, STATUS_MS, provider === 'stt' ? CUT.stt : undefined);
    case 'quota':
      return failing(`${prefix}_QUOTA`, STATUS_MS, provider === 'stt' ? CUT.stt : undefined);
    case '5xx':
      return failing(`${prefix}_UNAVAILABLE`, SERVER_ERROR_MS);
    case 'slow':
      return late(SLOW_MS[provider]);
    case 'stall':
      return late(Infinity);
    case 'error':
      return failing(provider === 'llm' ? 'LLM_UNAVAILABLE' : BROKEN[provider], SERVER_ERROR_MS);
    case 'disconnect':
      return failing(CUT[provider], SERVER_ERROR_MS);
    case 'garbage':
      return failing(BROKEN[provider], SERVER_ERROR_MS);
  }
}

/** Faults that meet a request before it is one: what is under way loses its connection and is then refused. */
export function isRefusal(fault: FaultName): boolean {
  return ['refused', '401', '429', 'quota', '5xx'].includes(fault);
}

/** How a tool that fails answers: the edge tells the model, and it is the model that tells the caller. */
export function toolManners(fault: FaultName): {
  readonly ms: number | undefined;
  readonly result: string;
} {
  switch (fault) {
    case 'slow':
      return { ms: 6000, result: 'free at nine' };
    case 'stall':
      return { ms: undefined, result: '' };
    case 'refused':
    case 'disconnect':
      return { ms: REFUSED_MS, result: 'error: there is no connection to the tool' };
    case 'garbage':
    case 'error':
      return { ms: STATUS_MS, result: 'error: the tool answered nothing that can be read' };
    default:
      return { ms: SERVER_ERROR_MS, result: 'error: the tool answered with an error' };
  }
}

/** Which fault of which provider is tried on the wire, when, and what is to come of it. */

import type { FaultCode } from '@patchcord/edge/src/call/core/faults.ts';
import type { FaultInput } from '../standins/faults.ts';

export type WireStage = 'stt' | 'llm' | 'tts';
export type WirePhase = 'greeting' | 'first' | 'middle';

export interface WireCell {
  readonly stage: WireStage;
  readonly phase: WirePhase;
  readonly fault: string;
  /** For the stand-in, one after the other. */
  readonly plans: readonly FaultInput[];
  /** After them, to the end of the call. */
  readonly lasting?: FaultInput;
  /** One of them is recorded; none: the caller need not notice, and nobody else. */
  readonly codes: readonly FaultCode[];
  /** Nothing helps: the call is handed on. */
  readonly isFinal: boolean;
  /** What the caller says is one short word. */
  readonly isOneWord?: boolean;
  /** Whether anybody notices depends on how slow it is. */
  readonly isSlow?: boolean;
}

export const WIRE_PHASES: Readonly<
  Record<WireStage, Readonly<Partial<Record<WirePhase, string>>>>
> = {
  stt: { greeting: 'as the call begins', middle: 'while he speaks' },
  llm: { first: 'before the first word of the answer', middle: 'in the middle of the answer' },
  tts: {
    greeting: 'as the call begins',
    first: 'before the first word of the answer',
    middle: 'in the middle of the answer',
  },
};

const PREFIX = { stt: 'STT', llm: 'LLM', tts: 'TTS' } as const;

/** Results, tokens and pieces of audio that still come. */
const MIDDLE_AFTER = { stt: 1, llm: 4, tts: 2 } as const;

/** What the provider refuses: a connection, a handshake, a request. */
const REFUSALS: readonly {
  readonly fault: string;
  readonly suffix: 'UNAVAILABLE' | 'AUTH' | 'QUOTA' | 'RATE_LIMITED';
  readonly status?: number;
}[] = [
  { fault: 'refused', suffix: 'UNAVAILABLE' },
  { fault: '401', suffix: 'AUTH', status: 401 },
  { fault: '429', suffix: 'RATE_LIMITED', status: 429 },
  { fault: 'quota', suffix: 'QUOTA', status: 402 },
  { fault: '5xx', suffix: 'UNAVAILABLE', status: 503 },
];

function refusalOf(stage: WireStage, fault: string, status: number | undefined): FaultInput {
  if (status === undefined) return { kind: 'refuse' };
  // ElevenLabs answers 401 to both; the body tells.
  const isSpent = stage === 'tts' && fault === 'quota';
  return isSpent
    ? { kind: 'status', status: 401, message: 'quota_exceeded' }
    : { kind: 'status', status };
}

/** Azure's SDK knocks again by itself, within milliseconds: only a refusal that lasts is one to the call. */
function recogniserRefusal(
  broken: readonly FaultInput[],
  refusal: FaultInput,
  code: FaultCode,
  isFinal: boolean,
): Omit<WireCell, 'phase' | 'fault'> {
  return isFinal
    ? { stage: 'stt', plans: broken, lasting: refusal, codes: [code], isFinal }
    : { stage: 'stt', plans: [...broken, refusal, refusal], codes: [], isFinal };
}

function refusals(stage: WireStage, phase: WirePhase): WireCell[] {
  return REFUSALS.map(({ fault, suffix, status }) => {
    const refusal = refusalOf(stage, fault, status);
    const code = `${PREFIX[stage]}_${suffix}` as const;
    const isFinal = suffix === 'AUTH' || suffix === 'QUOTA';
    const isMiddle = phase === 'middle';
    // The model says so in the stream; with the others the connection breaks, and the next one is refused.
    if (stage === 'llm' && isMiddle) {
      const error: FaultInput =
        status === undefined
          ? { kind: 'disconnect', after: MIDDLE_AFTER.llm }
          : { kind: 'error', after: MIDDLE_AFTER.llm, code: status };
      const plans = status === undefined ? [error, refusal] : [error];
      return { stage, phase, fault, plans, codes: [code], isFinal };
    }
    const isOpen = stage !== 'llm' && phase !== 'greeting';
    const after = isMiddle ? MIDDLE_AFTER[stage] : 0;
    const broken: readonly FaultInput[] = isOpen ? [{ kind: 'disconnect', after }] : [];
    if (stage === 'stt')
      return { phase, fault, ...recogniserRefusal(broken, refusal, code, isFinal) };
    return { stage, phase, fault, plans: [...broken, refusal], codes: [code], isFinal };
  });
}

const BROKEN: Readonly<Record<WireStage, readonly FaultCode[]>> = {
  // Azure's SDK connects again by itself, and sends again what has not become final.
  stt: [],
  llm: ['LLM_BROKEN', 'LLM_UNAVAILABLE'],
  tts: ['TTS_BROKEN', 'TTS_UNAVAILABLE'],
};

const SILENT: Readonly<Record<WireStage, readonly FaultCode[]>> = {
  stt: ['STT_DEAF'],
  llm: ['LLM_TIMEOUT'],
  tts: ['TTS_TIMEOUT'],
};

const SLOW: Readonly<Record<WireStage, readonly FaultCode[]>> = {
  ...SILENT,
  // A voice that is given words so late is not waited for either.
  llm: ['LLM_TIMEOUT', 'TTS_TIMEOUT'],
};

/** Slow in mid-stream, and not dead. */
const DRIPS_MS = [300, 1000, 2000];

const SLOW_MS = { stt: 4000, llm: 6000, tts: 4000 } as const;

function breakages(stage: WireStage, phase: WirePhase): WireCell[] {
  const after = phase === 'middle' ? MIDDLE_AFTER[stage] : 0;
  const cell = (fault: string, plan: FaultInput, codes: readonly FaultCode[]): WireCell => ({
    stage,
    phase,
    fault,
    plans: [plan],
    codes,
    isFinal: false,
  });
  const slow: FaultInput = { kind: 'slow', delayMs: SLOW_MS[stage] };
  const stall: FaultInput = { kind: 'stall', after };
  const drips = phase === 'greeting' || stage === 'stt' ? [] : DRIPS_MS;
  return [
    ...(phase === 'middle' ? [] : [cell('slow', slow, SILENT[stage])]),
    cell('stall', stall, SILENT[stage]),
    ...(stage === 'stt' && phase === 'greeting'
      ? [
          { ...cell('slow', slow, SILENT.stt), isOneWord: true },
          { ...cell('stall', stall, SILENT.stt), isOneWord: true },
        ]
      : []),
    ...drips.map((gapMs) => ({
      ...cell(`a piece every ${gapMs / 1000} s`, { kind: 'drip', after, gapMs }, SLOW[stage]),
      isSlow: true,
    })),
    cell('error', { kind: 'error', after }, BROKEN[stage]),
    cell('disconnect', { kind: 'disconnect', after }, BROKEN[stage]),
    // A recogniser's client passes over what it does not understand.
    cell('garbage', { kind: 'garbage', after }, BROKEN[stage]),
  ];
}

export function wireCells(stage: WireStage): WireCell[] {
  const phases = (['greeting', 'first', 'middle'] as const).filter(
    (phase) => WIRE_PHASES[stage][phase] !== undefined,
  );
  return phases.flatMap((phase) => [...refusals(stage, phase), ...breakages(stage, phase)]);
}

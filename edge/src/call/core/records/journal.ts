/** What is to be remembered of a call: its record, its turns, its notes, its faults, its log. */

import type { AnsweredBy, Consumption, EndReason, TurnRecord } from '../call-record.ts';
import type { CallInput, CallOutput } from '../contract.ts';
import type { Fault } from '../faults.ts';

type StartInput = Extract<CallInput, { kind: 'start' }>;

/** Faults and notes kept with the call; all are logged. */
const ERRORS_MAX = 50;
const NOTES_MAX = 50;

export interface JournalParts {
  readonly emit: (output: CallOutput) => void;
  consumption(): Consumption;
  locale(): string;
  answeredBy(): AnsweredBy | undefined;
}

export class Journal {
  readonly #parts: JournalParts;
  readonly #errors: Fault[] = [];
  readonly #notes: string[] = [];
  #start: StartInput | undefined;
  #startedAt = 0;
  #end: { readonly at: number; readonly reason: EndReason } | undefined;

  constructor(parts: JournalParts) {
    this.#parts = parts;
  }

  begin(start: StartInput, now: number): void {
    this.#start = start;
    this.#startedAt = now;
    this.#recordCall();
    this.log('info', 'call-started', 'the stream has started');
  }

  end(reason: EndReason, now: number): void {
    this.#end = { at: now, reason };
    this.#recordCall();
    this.log('info', 'call-ended', reason);
  }

  note(text: string): void {
    if (this.#notes.length < NOTES_MAX) this.#notes.push(text);
    this.#recordCall();
  }

  /** A fault that belongs to no turn. */
  callFault(fault: Fault): void {
    if (this.#errors.length < ERRORS_MAX) this.#errors.push(fault);
    this.log('error', 'call-fault', fault.message, fault.code);
    this.#recordCall();
  }

  turnFault(turn: string, fault: Fault): void {
    this.log('error', 'turn-fault', `${turn}: ${fault.message}`, fault.code);
  }

  turn(record: TurnRecord): void {
    this.#parts.emit({ kind: 'record-turn', record });
  }

  log(level: 'info' | 'warn' | 'error', event: string, message: string, code?: string): void {
    const entry = { kind: 'log', level, event, message } as const;
    this.#parts.emit(code === undefined ? entry : { ...entry, code });
  }

  #recordCall(): void {
    // A stream that never started belongs to no call that is known.
    if (this.#start === undefined) return;
    const { callSid, streamSid, customParameters } = this.#start;
    const { From: from, To: to } = customParameters;
    const end = this.#end;
    const answeredBy = this.#parts.answeredBy();
    const ending =
      end === undefined
        ? {}
        : { endedAt: end.at, endReason: end.reason, consumption: this.#parts.consumption() };
    this.#parts.emit({
      kind: 'record-call',
      record: {
        callSid,
        streamSid,
        status: end === undefined ? 'in-progress' : statusOf(end.reason),
        startedAt: this.#startedAt,
        ...ending,
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
        language: this.#parts.locale(),
        ...(answeredBy === undefined ? {} : { answeredBy }),
        notes: [...this.#notes],
        errors: [...this.#errors],
      },
    });
  }
}

function statusOf(reason: EndReason): 'completed' | 'failed' {
  switch (reason) {
    case 'caller-hangup':
    case 'agent-hangup':
    case 'transferred':
    case 'machine':
    case 'silence':
    case 'time-limit':
    case 'turn-limit':
    case 'cost-limit':
    case 'stream-replaced':
      return 'completed';
    case 'stream-lost':
    case 'provider-failure':
    case 'protocol-error':
    case 'internal-error':
    case 'edge-restarted':
      return 'failed';
  }
}

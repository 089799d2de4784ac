/** The tools of a call: those that are part of a telephone are done here, all others the shell is asked for. */

import type { EndReason } from '../call-record.ts';
import type { CallOutput, ToolCall } from '../contract.ts';
import { faultOf, type Fault } from '../faults.ts';
import type { ToolOptions, TransferRoute, TransferTarget } from '../settings.ts';
import { argumentsOf, textOf } from './tool-arguments.ts';

/** Names of the built-in tools that an agent may be given. */
export const GRANTED_TOOLS = [
  'end_call',
  'transfer',
  'send_digits',
  'collect_digits',
  'note',
  'schedule_callback',
  'leave_voicemail',
] as const;

/** With the one that every agent of several languages has. */
export const BUILTIN_TOOLS = [...GRANTED_TOOLS, 'set_language'] as const;

export type BuiltinTool = (typeof BUILTIN_TOOLS)[number];

interface Answer {
  /** What the model is told. */
  readonly result: string;
  /** Whether the model has to say something about it. */
  readonly isAnswerNeeded: boolean;
  readonly fault?: Fault;
}

export type ToolEffect =
  | { readonly kind: 'external' }
  | ({ readonly kind: 'done' } & Answer)
  /** The call ends when the turn has been heard. */
  | ({ readonly kind: 'end-call'; readonly reason: EndReason } & Answer)
  /** The caller is connected when the turn has been heard. */
  | ({ readonly kind: 'transfer' } & Answer & TransferRoute);

export interface ToolboxParts {
  readonly tools: readonly ToolOptions[];
  readonly targets: readonly TransferTarget[];
  readonly emit: (output: CallOutput) => void;
  note(text: string): void;
  expectDigits(count: number): void;
  switchLanguage(language: string, now: number): boolean;
}

const DIGITS = /^[0-9*#ABCDw]{1,64}$/u;
const NAME_CHARS_MAX = 64;
const NOTE_CHARS_MAX = 1000;
const DIGITS_MAX = 32;

type Handler = (args: Readonly<Record<string, unknown>>, now: number) => ToolEffect;

export class Toolbox {
  readonly #parts: ToolboxParts;
  readonly #builtins: Readonly<Record<BuiltinTool, Handler>> = {
    end_call: () => ({ kind: 'end-call', reason: 'agent-hangup', ...silently('the call ends') }),
    transfer: (args) => this.#transfer(textOf(args['target'])),
    send_digits: (args) => this.#sendDigits(textOf(args['digits'])),
    collect_digits: (args) => this.#collectDigits(args['count']),
    note: (args) => this.#note(textOf(args['text'])),
    schedule_callback: (args) => this.#scheduleCallback(args),
    leave_voicemail: () => ({
      kind: 'end-call',
      reason: 'machine',
      ...silently('the message is left'),
    }),
    set_language: (args, now) => this.#setLanguage(textOf(args['language']), now),
  };

  constructor(parts: ToolboxParts) {
    this.#parts = parts;
  }

  /** Does it, or answers that it is not ours to do. What the model got wrong it is told, so that it can do better. */
  start(call: ToolCall, now: number): ToolEffect {
    const tool = this.#parts.tools.find(({ name }) => name === call.name);
    if (tool === undefined) {
      const fault = faultOf('TOOL_UNKNOWN', `the model called ${call.name.slice(0, 64)}`);
      return wrong(`there is no tool ${call.name.slice(0, 64)}`, fault);
    }
    const args = argumentsOf(call.argumentsJson);
    if (args === undefined) {
      const fault = faultOf('TOOL_ARGUMENTS', `the arguments of ${tool.name} are no JSON object`);
      return wrong('the arguments are not a JSON object', fault);
    }
    const builtin = BUILTIN_TOOLS.find((name) => name === tool.name);
    if (!tool.isBuiltin || builtin === undefined) return { kind: 'external' };
    return this.#builtins[builtin](args, now);
  }

  isSafeToAbort(name: string): boolean {
    return this.#parts.tools.find((tool) => tool.name === name)?.isSafeToAbort ?? true;
  }

  timeoutMs(name: string): number {
    return this.#parts.tools.find((tool) => tool.name === name)?.timeoutMs ?? 0;
  }

  #transfer(name: string): ToolEffect {
    const { targets } = this.#parts;
    const found = targets.find((target) => target.name === name) ?? onlyOf(targets, name);
    if (found === undefined) {
      return wrong(
        `there is no target ${name.slice(0, NAME_CHARS_MAX)}; there are: ${targets.map((each) => each.name).join(', ')}`,
      );
    }
    const { target, manner } = found;
    return { kind: 'transfer', target, manner, ...silently('the caller is being connected') };
  }

  #sendDigits(digits: string): ToolEffect {
    if (!DIGITS.test(digits)) return wrong('digits are 0-9, *, #, A-D and w for half a second');
    this.#parts.emit({ kind: 'send-dtmf', digits });
    return { kind: 'done', ...silently('sent') };
  }

  #collectDigits(count: unknown): ToolEffect {
    const wanted = Number(count ?? 0);
    const isRight = Number.isInteger(wanted) && wanted >= 0 && wanted <= DIGITS_MAX;
    if (!isRight) return wrong(`count is a whole number from 0 to ${DIGITS_MAX}`);
    this.#parts.expectDigits(wanted);
    return { kind: 'done', ...silently('waiting for the keypad, or for spoken digits') };
  }

  #note(text: string): ToolEffect {
    if (text === '') return wrong('text is missing');
    this.#parts.note(text.slice(0, NOTE_CHARS_MAX));
    return { kind: 'done', ...silently('noted') };
  }

  #scheduleCallback(args: Readonly<Record<string, unknown>>): ToolEffect {
    const at = textOf(args['at']);
    if (at === '') return wrong('at is missing: when to call back');
    const reason = textOf(args['reason']);
    this.#parts.note(
      `call back: ${at}${reason === '' ? '' : `, ${reason}`}`.slice(0, NOTE_CHARS_MAX),
    );
    return { kind: 'done', ...silently('the call back is noted') };
  }

  #setLanguage(language: string, now: number): ToolEffect {
    return this.#parts.switchLanguage(language, now)
      ? { kind: 'done', ...silently(`the caller is spoken to in ${language}`) }
      : wrong(`${language.slice(0, 16)} is not spoken here`);
  }
}

/** The model has said, or says, what there is to say. */
function silently(result: string): Answer {
  return { result, isAnswerNeeded: false };
}

function wrong(message: string, fault?: Fault): ToolEffect {
  const result = `error: ${message}`;
  return { kind: 'done', result, isAnswerNeeded: true, ...(fault === undefined ? {} : { fault }) };
}

function onlyOf(targets: readonly TransferTarget[], name: string): TransferTarget | undefined {
  return name === '' && targets.length === 1 ? targets[0] : undefined;
}

/** What the model is told of the tools that are part of every telephone. */

import type { BuiltinTool } from './core/thinking/toolbox.ts';
import type { ToolDefinition } from './plan.ts';

type Parameters = Readonly<Record<string, object>>;

interface Builtin {
  readonly description: string;
  readonly properties: Parameters;
  readonly required: readonly string[];
}

const text = (description: string): object => ({ type: 'string', description });

const BUILTINS: Readonly<Record<BuiltinTool, Builtin>> = {
  end_call: {
    description:
      'Hang up. Say goodbye in the same answer; the call ends when the caller has heard it. ' +
      'Use it only when the caller is done.',
    properties: {},
    required: [],
  },
  transfer: {
    description:
      'Connect the caller to a person. Say in the same answer that you do so; it happens when the caller has heard it.',
    properties: { target: text('The name of one of the targets.') },
    required: ['target'],
  },
  send_digits: {
    description: 'Press keys on the telephone, for a menu at the other end.',
    properties: { digits: text('0-9, * and #; w is a pause of half a second.') },
    required: ['digits'],
  },
  collect_digits: {
    description:
      'Ask the caller in the same answer to press keys. What was pressed comes as "[keypad: 123]".',
    properties: { count: { type: 'integer', minimum: 0, maximum: 32, description: '0: unknown.' } },
    required: [],
  },
  note: {
    description: 'Keep something the caller said for the people who read the call afterwards.',
    properties: { text: text('One short sentence.') },
    required: ['text'],
  },
  schedule_callback: {
    description: 'Note that somebody is to call back.',
    properties: { at: text('When, as the caller said it.'), reason: text('Why.') },
    required: ['at'],
  },
  leave_voicemail: {
    description:
      'Say in the same answer what is to be left on the mailbox; the call ends after it.',
    properties: {},
    required: [],
  },
  set_language: {
    description:
      'Speak another language from now on, because the caller asked for it or speaks it.',
    properties: { language: text('BCP 47, such as ms-MY.') },
    required: ['language'],
  },
};

/** `description` in place of our own. */
export function builtinDefinition(
  name: BuiltinTool,
  description: string = BUILTINS[name].description,
): ToolDefinition {
  const { properties, required } = BUILTINS[name];
  const parameters = { type: 'object', properties, required, additionalProperties: false };
  return { name, description, parameters };
}

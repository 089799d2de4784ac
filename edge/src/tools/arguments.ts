/** Whether a model's arguments fit the schema of the tool. */

import { Validator, type Schema } from '@cfworker/json-schema';
import { argumentsOf } from '../call/core/thinking/tool-arguments.ts';
import { ToolFailure } from './tool-failure.ts';

/** Told at once; the model mends them together. */
const PROBLEMS_MAX = 5;

export type ToolArguments = Readonly<Record<string, unknown>>;

/** Throws `TOOL_ARGUMENTS` with what is wrong with which field. */
export function checkedArguments(json: string, schema: Schema): ToolArguments {
  const args = argumentsOf(json);
  if (args === undefined) {
    throw new ToolFailure('TOOL_ARGUMENTS', 'the arguments are not a JSON object');
  }
  const { valid, errors } = new Validator(schema, '2020-12', false).validate(args);
  if (valid) return args;
  // The keywords around the one that failed only say that something within did.
  const deepest = errors.filter(
    ({ instanceLocation }) =>
      !errors.some((other) => other.instanceLocation.startsWith(`${instanceLocation}/`)),
  );
  const problems = deepest
    .slice(0, PROBLEMS_MAX)
    .map(({ instanceLocation, error }) => `${instanceLocation.replace(/^#\/?/u, '')} ${error}`);
  const told = `the arguments are wrong: ${problems.join(' ').trim()}`;
  throw new ToolFailure('TOOL_ARGUMENTS', told, 'the arguments do not fit the schema');
}

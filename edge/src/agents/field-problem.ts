/** What is wrong with one field, for the person who wrote it: from the issues of zod to a path and a sentence. */

import type { z } from 'zod';

export interface FieldProblem {
  /** Such as `tools[0].url`; empty for the whole. */
  readonly path: string;
  readonly message: string;
}

/** Told at most; whoever has more mistakes has one mistake. */
const PROBLEMS_MAX = 100;
const NAME_CHARS_MAX = 80;

type Issue = z.core.$ZodIssue;

export function fieldProblems(issues: readonly Issue[]): FieldProblem[] {
  return issues.flatMap((issue) => problemsOf(issue, [])).slice(0, PROBLEMS_MAX);
}

function problemsOf(issue: Issue, parent: readonly PropertyKey[]): FieldProblem[] {
  const path = [...parent, ...issue.path];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => problem([...path, key], 'is not a known field'));
    case 'invalid_key':
      return issue.issues.map(({ message }) => problem(path, message));
    case 'invalid_union':
      return unionProblems(issue, path);
    default:
      return [problem(path, sentenceOf(issue))];
  }
}

/** What the branch that came closest has to say: one that objects to something within rather than to the whole. */
function unionProblems(
  issue: Extract<Issue, { code: 'invalid_union' }>,
  path: readonly PropertyKey[],
): FieldProblem[] {
  const wholes = issue.errors.filter((branch) => branch.some(isAboutType));
  const closest = issue.errors.find((branch) => !wholes.includes(branch));
  if (closest !== undefined) return closest.flatMap((each) => problemsOf(each, path));
  const { options } = issue as { readonly options?: unknown };
  if (Array.isArray(options)) return [problem(path, `must be one of ${options.join(', ')}`)];
  const expected = wholes.flatMap((branch) => branch.filter(isAboutType).map(sentenceOf));
  const [first = issue.message, ...others] = new Set(expected);
  return [
    problem(path, [first, ...others.map((each) => each.replace('must be ', ''))].join(', or ')),
  ];
}

function isAboutType(issue: Issue): boolean {
  return issue.path.length === 0 && ['invalid_type', 'invalid_value'].includes(issue.code);
}

function sentenceOf(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.message.endsWith('received undefined')) return 'is required';
      return `must be ${KINDS[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `must be ${issue.values.length === 1 ? '' : 'one of '}${issue.values.join(', ')}`;
    case 'too_small':
      return `must ${boundOf(issue.origin, issue.inclusive === false ? 'more than' : 'at least', issue.minimum)}`;
    case 'too_big':
      return `must ${boundOf(issue.origin, issue.inclusive === false ? 'less than' : 'at most', issue.maximum)}`;
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`;
    default:
      return issue.message;
  }
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

function boundOf(origin: string, relation: string, bound: number | bigint): string {
  switch (origin) {
    case 'string':
      return `have ${relation} ${counted(bound, 'character', 'characters')}`;
    case 'array':
      return `have ${relation} ${counted(bound, 'entry', 'entries')}`;
    default:
      return `be ${relation} ${bound}`;
  }
}

function counted(count: number | bigint, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

function problem(path: readonly PropertyKey[], message: string): FieldProblem {
  return { path: pathText(path), message };
}

/** `tools[0].url`. A key that a peer made up is cut short. */
export function pathText(path: readonly PropertyKey[]): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else text += `${text === '' ? '' : '.'}${String(part).slice(0, NAME_CHARS_MAX)}`;
  }
  return text;
}

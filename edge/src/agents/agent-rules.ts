/** What is wrong with an agent whose fields are right one by one. */

import { DIAL_PLAN_DEFAULT } from '@patchcord/shared/dialling/dial-plan';
import { isCallForHelp } from '@patchcord/shared/dialling/emergency';
import type { AgentShape } from './agent-shape.ts';
import { isCallVariable } from './call-variables.ts';
import { baseOf, type Spoken } from './language.ts';
import { isOwnVariable } from '../env.ts';
import { placeholdersIn } from './template.ts';

/** Of an operator's own text in a message. */
const TEXT_CHARS_MAX = 80;

type Path = readonly (string | number)[];

export interface AgentProblem {
  readonly path: Path;
  readonly message: string;
}

/** All problems, in the order of the rules below. */
export function agentProblems(agent: AgentShape): AgentProblem[] {
  return [
    ...languageProblems(agent),
    ...placeholderProblems(agent),
    ...modelProblems(agent),
    ...toolProblems(agent),
    ...transferProblems(agent),
    ...dependencyProblems(agent),
  ];
}

function languageProblems(agent: AgentShape): AgentProblem[] {
  const problems: AgentProblem[] = [];
  const bases = agent.languages.map(baseOf);
  for (const [index, base] of bases.entries()) {
    const first = bases.indexOf(base);
    if (first === index) continue;
    // Neither recognition nor the voice can tell two countries of one language apart.
    const message = `must not be the language of languages[${first}] again`;
    problems.push({ path: ['languages', index], message });
  }
  const known = new Set(agent.languages);
  for (const language of Object.keys(agent.voice.languages)) {
    if (known.has(language)) continue;
    const message = 'is not one of the languages of the agent';
    problems.push({ path: ['voice', 'languages', language], message });
  }
  for (const [path, spoken] of spokenOf(agent)) {
    problems.push(...spokenProblems(agent.languages, path, spoken));
  }
  return problems;
}

function spokenProblems(languages: readonly string[], path: Path, spoken: Spoken): AgentProblem[] {
  if (typeof spoken === 'string') return [];
  const [main = ''] = languages;
  const unknown = Object.keys(spoken).filter((language) => !languages.includes(language));
  return [
    ...unknown.map((language) => ({
      path: [...path, language],
      message: 'is not one of the languages of the agent',
    })),
    ...(Object.hasOwn(spoken, main)
      ? []
      : [{ path, message: `must have a text for the first language, ${main}` }]),
  ];
}

/** Everything the agent says, with where it is written. */
function spokenOf(agent: AgentShape): [Path, Spoken][] {
  const { greeting, phrases, recording, voicemail } = agent;
  const single: [Path, Spoken | undefined][] = [
    [['greeting'], greeting],
    [['recording', 'announcement'], recording.announcement],
    [['voicemail', 'message'], voicemail.message],
  ];
  const ofPhrases = Object.entries(phrases).flatMap(([name, phrase]): typeof single =>
    Array.isArray(phrase)
      ? phrase.map((each, index) => [['phrases', name, index], each])
      : [[['phrases', name], phrase]],
  );
  return [...single, ...ofPhrases].flatMap(([path, spoken]): [Path, Spoken][] =>
    spoken === undefined ? [] : [[path, spoken]],
  );
}

/** Text in which two braces mean nothing: schemas, and the values that variables have. */
const NO_TEMPLATES: ReadonlySet<string> = new Set(['parameters', 'schema', 'variables']);

function placeholderProblems(agent: AgentShape): AgentProblem[] {
  return textsIn(agent, []).flatMap(([path, text]) =>
    placeholdersIn(text).flatMap((placeholder): AgentProblem[] => {
      switch (placeholder.kind) {
        case 'malformed':
          return [
            {
              path,
              message: `{{${placeholder.text.slice(0, TEXT_CHARS_MAX)}}} is not the name of a variable`,
            },
          ];
        case 'variable':
          if (Object.hasOwn(agent.variables, placeholder.name)) return [];
          if (isCallVariable(placeholder.name)) return [];
          return [{ path, message: `{{${placeholder.name}}} is not one of the variables` }];
        case 'secret':
          return secretProblems(path, placeholder.name);
      }
    }),
  );
}

/** A secret is for a header of a tool, where neither the model nor a caller comes by it. */
function secretProblems(path: Path, name: string): AgentProblem[] {
  if (!path.includes('headers')) {
    return [{ path, message: `{{secret.${name}}} may be in the headers of tools only` }];
  }
  if (isOwnVariable(name)) {
    return [{ path, message: `{{secret.${name}}} is a variable of the edge itself` }];
  }
  return [];
}

function textsIn(value: unknown, path: Path): [Path, string][] {
  if (typeof value === 'string') return [[path, value]];
  if (Array.isArray(value)) {
    return value.flatMap((each: unknown, index) => textsIn(each, [...path, index]));
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) =>
    NO_TEMPLATES.has(key) ? [] : textsIn(each, [...path, key]),
  );
}

function modelProblems({ models }: AgentShape): AgentProblem[] {
  const problems: AgentProblem[] = [];
  if (models.hedgeAfterMs !== undefined && models.hedges.length === 0) {
    const message = 'means nothing without models.hedges';
    problems.push({ path: ['models', 'hedgeAfterMs'], message });
  }
  const all = [models.primary, ...models.fallbacks];
  for (const [index, model] of models.fallbacks.entries()) {
    if (all.indexOf(model) === index + 1) continue;
    const message = 'is a model that is tried before';
    problems.push({ path: ['models', 'fallbacks', index], message });
  }
  return problems;
}

function toolProblems({ tools, transferTargets }: AgentShape): AgentProblem[] {
  const names = tools.map(({ name }) => name);
  return tools.flatMap((tool, index): AgentProblem[] => {
    const path = ['tools', index, 'name'];
    const first = names.indexOf(tool.name);
    if (first !== index) return [{ path, message: `is the name of tools[${first}] too` }];
    if (tool.kind === 'builtin' && tool.name === 'transfer' && transferTargets.length === 0) {
      return [{ path, message: 'transfer needs transferTargets' }];
    }
    return [];
  });
}

function transferProblems({ transferTargets }: AgentShape): AgentProblem[] {
  const names = transferTargets.map(({ name }) => name);
  return transferTargets.flatMap(({ name, number, sip, extension }, index): AgentProblem[] => {
    const path = ['transferTargets', index];
    const given = [number, sip, extension].filter((each) => each !== undefined);
    const first = names.indexOf(name);
    return [
      ...(first === index
        ? []
        : [{ path: [...path, 'name'], message: `is the name of transferTargets[${first}] too` }]),
      ...(given.length === 1
        ? []
        : [{ path, message: 'must have one of number, sip and extension' }]),
      ...(given.some((each) => isCallForHelp(each, DIAL_PLAN_DEFAULT))
        ? [{ path, message: 'must not be an emergency number' }]
        : []),
    ];
  });
}

/** Fields that want another one, or must not contradict it. */
function dependencyProblems(agent: AgentShape): AgentProblem[] {
  const { endpointing, stt, languages, recording, voicemail, failureTarget } = agent;
  const isTarget = agent.transferTargets.some(({ name }) => name === failureTarget);
  const rules: readonly [isBroken: boolean, path: Path, message: string][] = [
    [
      endpointing.minMs > endpointing.maxMs,
      ['endpointing', 'minMs'],
      'must not be more than endpointing.maxMs',
    ],
    [
      stt.languageMode === 'identify' && languages.length < 2,
      ['stt', 'languageMode'],
      'identify needs two languages or more',
    ],
    [
      recording.isOn && recording.consent !== 'none' && recording.announcement === undefined,
      ['recording', 'announcement'],
      `is required where consent is ${recording.consent}`,
    ],
    [
      failureTarget !== undefined && !isTarget,
      ['failureTarget'],
      'is not the name of one of transferTargets',
    ],
    [
      voicemail.mode === 'leave-message' && voicemail.message === undefined,
      ['voicemail', 'message'],
      'is required where mode is leave-message',
    ],
  ];
  return rules.flatMap(([isBroken, path, message]) => (isBroken ? [{ path, message }] : []));
}

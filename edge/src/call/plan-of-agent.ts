/** From an agent to the plan of one call. */

import type { Agent } from '../agents/agent.ts';
import { callVariables, isCallVariable } from '../agents/call-variables.ts';
import { phrasesOf } from '../agents/phrases.ts';
import { fillTemplate, type TemplateValues } from '../agents/template.ts';
import type { Tool } from '../agents/tool.ts';
import type { ReturnedCall } from '../transfer/returned-call.ts';
import type { ReachableTarget } from '../transfer/transfers.ts';
import { costLimitOf } from '../billing/agent-prices.ts';
import type { Env } from '../env.ts';
import { builtinDefinition } from './builtin-tools.ts';
import { ENDPOINTING_DEFAULTS } from './core/hearing/endpointing-options.ts';
import { INTERRUPTION_DEFAULTS } from './core/hearing/interruption.ts';
import { languageOf } from './core/language/language.ts';
import type { Phrases, Timings, ToolOptions, TransferTarget } from './core/settings.ts';
import type { BuiltinTool } from './core/thinking/toolbox.ts';
import { instructionsOf } from './instructions.ts';
import type { CallPlan, EndpointPlan, ToolDefinition, ToolPlans, VoicePlan } from './plan.ts';
import { sttEndpoints } from './stt-endpoints.ts';

export interface PlanContext {
  readonly env: Env;
  /** Custom parameters of the stream: the values of the agent's variables, and who calls whom. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** Whether the peer can press keys, as our relay can. Twilio cannot on a stream. Absent: it can. */
  readonly canPressKeys?: boolean;
  /** The call comes back from a transfer that nobody took. */
  readonly returned?: ReturnedCall | undefined;
  /** A secret of the Worker by its name; undefined where there is none. */
  secret(name: string): string | undefined;
}

/** Of a variable's value, which a peer gives. */
const VALUE_CHARS_MAX = 2000;

/** The tool says itself that it was too slow, before the core gives it up. */
export const TOOL_GRACE_MS = 500;

/** Where a target has none of its own: a person is told, and a mailbox takes no calls. */
const ANNOUNCEMENT = 'A caller is being put through to you. Press any key to take the call.';

export function planOfAgent(given: Agent, context: PlanContext): CallPlan {
  const { env, returned } = context;
  const agent = context.canPressKeys === false ? withoutKeys(given) : given;
  const variables = variablesOf(agent, context);
  const fill = (text: string): string => fillFrom(variables, text);
  const phrases = phrasesByLanguage(agent, fill, returned !== undefined);
  const definitions = definitionsOf(agent, fill);
  const voices = voicesOf(agent);
  const endpoints = sttEndpoints(env);
  const instructions = instructionsOf({
    agent,
    instructions: fill(agent.instructions),
    variables: callVariables({ ...context, timeZone: agent.timeZone }),
    tools: definitions,
    phrases: Object.values(phrases),
    returned,
  });
  const cost = costLimitOf(agent, env);
  const { models, stt, limits, endpointing, interruption, speculation } = agent;
  return {
    voices,
    llm: {
      tools: definitions,
      tokensMax: models.maxTokens,
      ...(models.temperature === undefined ? {} : { temperature: models.temperature }),
    },
    stt: {
      endpoints,
      segmentationSilenceMs: stt.segmentationSilenceMs,
      phraseList: stt.phraseList.map(fill),
    },
    reachable: reachableOf(agent, fill),
    fixedPhrases: fixedPhrasesOf(agent),
    tools: toolPlansOf(agent, { variables, secret: (name) => context.secret(name) }),
    settings: {
      instructions,
      phrases,
      timings: timingsOf(agent, env),
      limits: {
        repromptsMax: limits.repromptsMax,
        failedTurnsMax: 3,
        agentCharsMax: limits.agentCharsMax,
        toolStepsMax: 4,
        turnsMax: limits.turnsMax,
        ...(cost === undefined ? {} : { cost }),
      },
      models: {
        primary: models.primary,
        hedges: models.hedges,
        hedgeAfterMs: models.hedgeAfterMs ?? env.AGENT_HEDGE_MS,
        fallbacks: models.fallbacks,
      },
      voices: voices.length,
      stt: {
        languages: agent.languages,
        isIdentifying: stt.languageMode === 'identify',
        endpoints: endpoints.length,
        rotateMs: 540_000,
        finalSilenceMs: stt.finalSilenceMs,
      },
      endpointing: {
        ...ENDPOINTING_DEFAULTS,
        minMs: endpointing.minMs,
        maxMs: endpointing.maxMs,
        isAdaptive: endpointing.isAdaptive,
        hasGate: endpointing.gate,
      },
      interruption: {
        ...INTERRUPTION_DEFAULTS,
        isAllowed: interruption.isAllowed,
        pauseAfterMs: interruption.pauseAfterMs,
        wordsMin: interruption.minWords,
        greetingProtectedMs: interruption.protectedGreetingMs,
        extraNods: interruption.backchannels.extra,
      },
      speculation: { isOn: speculation.isOn, triesMax: speculation.triesMax, silenceMs: 120 },
      history: { messagesMax: 60, charsMax: 24_000 },
      tools: [...builtinsOf(agent).map(builtinOptions), ...agent.tools.flatMap(httpOptions)],
      transferTargets: agent.transferTargets.map(targetOf),
      ...failureTargetOf(agent),
      // Whoever comes back has been talked to already.
      voicemail: { mode: returned === undefined ? agent.voicemail.mode : 'ignore' },
    },
  };
}

/** Values of the agent's own variables come before those that every call has. */
function variablesOf(agent: Agent, context: PlanContext): ReadonlyMap<string, string> {
  const values = new Map<string, string>(
    Object.entries(callVariables({ ...context, timeZone: agent.timeZone })),
  );
  for (const [name, variable] of Object.entries(agent.variables)) {
    const given = Object.hasOwn(context.parameters, name) ? context.parameters[name] : undefined;
    const value = given?.slice(0, VALUE_CHARS_MAX) ?? variable.default;
    if (value !== undefined) values.set(name, value);
    else if (!isCallVariable(name)) values.delete(name);
  }
  return values;
}

function fillFrom(variables: ReadonlyMap<string, string>, text: string): string {
  return fillTemplate(text, { variable: (name) => variables.get(name), secret: () => undefined });
}

/** All that is said where no call has a value of its own. */
function fixedPhrasesOf(agent: Agent): ReadonlySet<string> {
  const defaults = new Map(
    Object.entries(agent.variables).flatMap(([name, variable]): [string, string][] =>
      variable.default === undefined ? [] : [[name, variable.default]],
    ),
  );
  const phrases = phrasesByLanguage(agent, (text) => fillFrom(defaults, text));
  return new Set(Object.values(phrases).flatMap((each) => Object.values(each).flat()));
}

/** The core knows three languages; of two that are one to it, the first in the agent's list speaks. */
function phrasesByLanguage(
  agent: Agent,
  fill: (text: string) => string,
  isReturned = false,
): Readonly<Record<string, Phrases>> {
  const inReverse = agent.languages.toReversed();
  return Object.fromEntries(
    inReverse.map((locale) => [languageOf(locale), phrasesOf(agent, locale, fill, isReturned)]),
  );
}

/** Timings that no agent sets are those of the Worker. */
function timingsOf({ limits }: Agent, env: Env): Timings {
  return {
    llmFirstTokenMsMax: env.AGENT_LLM_TIMEOUT_MS,
    llmStallMsMax: env.AGENT_LLM_TIMEOUT_MS,
    llmMsMax: 2 * env.AGENT_LLM_TIMEOUT_MS,
    ttsFirstAudioMsMax: env.AGENT_TTS_TIMEOUT_MS,
    ttsStallMsMax: env.AGENT_TTS_TIMEOUT_MS,
    marksLateMsMax: 8000,
    openerAfterMs: env.AGENT_OPENER_MS,
    fillerAfterMs: env.AGENT_FILLER_MS,
    repromptMs: limits.repromptMs,
    keypadPauseMs: 2000,
    callMsMax: limits.callMsMax,
    mediaGapMsMax: 10_000,
  };
}

function voicesOf({ voice }: Agent): VoicePlan[] {
  const models = Object.entries(voice.languages);
  const own = Object.fromEntries(
    models.map(([locale, { voiceId, model }]) => [
      languageOf(locale),
      {
        ...(voiceId === undefined ? {} : { voiceId }),
        ...(model === undefined ? {} : { modelId: model }),
      },
    ]),
  );
  // A voice in its place keeps the model of the language, not the voice that was refused.
  const ofFallbacks = Object.fromEntries(
    models.flatMap(([locale, { model }]) =>
      model === undefined ? [] : [[languageOf(locale), { modelId: model }]],
    ),
  );
  return [
    { voiceId: voice.voiceId, modelId: voice.model, languages: own },
    ...voice.fallbackVoiceIds.map((voiceId) => ({
      voiceId,
      modelId: voice.model,
      languages: ofFallbacks,
    })),
  ];
}

// Tools

/** Who speaks several languages can be asked to change. */
function builtinsOf({ tools, languages }: Agent): BuiltinTool[] {
  const named = tools.flatMap((tool) => (tool.kind === 'builtin' ? [tool.name] : []));
  return languages.length > 1 ? [...named, 'set_language'] : named;
}

function definitionsOf(agent: Agent, fill: (text: string) => string): ToolDefinition[] {
  const own = agent.tools.flatMap((tool): ToolDefinition[] => {
    switch (tool.kind) {
      case 'builtin':
        return [
          builtinDefinition(
            tool.name,
            tool.description === undefined ? undefined : fill(tool.description),
          ),
        ];
      case 'http': {
        const { name, description, parameters } = tool;
        return [{ name, description: fill(description), parameters }];
      }
      case 'mcp':
        return [];
    }
  });
  return agent.languages.length > 1 ? [...own, builtinDefinition('set_language')] : own;
}

function builtinOptions(name: BuiltinTool): ToolOptions {
  return { name, isBuiltin: true, isSafeToAbort: true, timeoutMs: 1000 };
}

function httpOptions(tool: Tool): ToolOptions[] {
  if (tool.kind !== 'http') return [];
  const { name, isSafeToAbort, timeoutMs } = tool;
  return [{ name, isBuiltin: false, isSafeToAbort, timeoutMs: timeoutMs + TOOL_GRACE_MS }];
}

interface Values {
  readonly variables: ReadonlyMap<string, string>;
  secret(name: string): string | undefined;
}

function toolPlansOf({ tools }: Agent, values: Values): ToolPlans {
  return {
    http: tools.flatMap((tool) => {
      if (tool.kind !== 'http') return [];
      const { method, parameters, isIdempotent } = tool;
      return [{ ...endpointOf(tool, values), method, parameters, isIdempotent }];
    }),
    mcp: tools.flatMap((tool) =>
      tool.kind === 'mcp' ? [{ ...endpointOf(tool, values), allow: tool.allow }] : [],
    ),
  };
}

/** Dots alone would be a way up in a path, percent-encoded or not. */
function encodeForUrl(value: string): string {
  return /^\.+$/u.test(value) ? '' : encodeURIComponent(value.toWellFormed());
}

/** In a URL a value is percent-encoded: it stays within its place. In a header it stays on its line. */
function endpointOf(tool: Exclude<Tool, { kind: 'builtin' }>, values: Values): EndpointPlan {
  const { variables } = values;
  const inUrl: TemplateValues = {
    variable: (name) => encodeForUrl(variables.get(name) ?? ''),
    secret: () => undefined,
  };
  const inHeader: TemplateValues = {
    variable: (name) => variables.get(name)?.replaceAll(/[^\t\x20-\x7e]/gu, '?'),
    secret: (name) => values.secret(name),
  };
  const { name, url, timeoutMs, resultCharsMax } = tool;
  const headers = Object.entries(tool.headers).map(([header, value]) => [
    header,
    fillTemplate(value, inHeader),
  ]);
  return {
    name,
    url: fillTemplate(url, inUrl),
    headers: Object.fromEntries(headers),
    timeoutMs,
    resultCharsMax,
  };
}

function failureTargetOf(agent: Agent): { failureTarget?: TransferTarget } {
  const found = agent.transferTargets.find(({ name }) => name === agent.failureTarget);
  return found === undefined ? {} : { failureTarget: targetOf(found) };
}

/** A key that is not pressed is worse than a tool that is not there. */
function withoutKeys(agent: Agent): Agent {
  const tools = agent.tools.filter(
    (tool) => tool.kind !== 'builtin' || tool.name !== 'send_digits',
  );
  return tools.length === agent.tools.length ? agent : { ...agent, tools };
}

function reachableOf(agent: Agent, fill: (text: string) => string): ReachableTarget[] {
  return agent.transferTargets.map((each) => ({
    target: targetOf(each).target,
    announcement: fill(each.announcement ?? ANNOUNCEMENT),
  }));
}

function targetOf(target: Agent['transferTargets'][number]): TransferTarget {
  const { name, number, sip, extension, kind: manner } = target;
  return { name, target: number ?? sip ?? extension ?? '', manner };
}

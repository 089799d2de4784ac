/**
 * The Worker's bindings, parsed once into a frozen configuration.
 *
 * All problems are reported together; each names the variable, what it must be, and what it is — unless it is a secret.
 */

import { z } from 'zod';
import { afterwardsVariables } from './afterwards/variables.ts';
import { ENDPOINTING_DEFAULTS } from './call/core/hearing/endpointing-options.ts';
import type { Fault } from './call/core/faults.ts';
import { INTERRUPTION_DEFAULTS } from './call/core/hearing/interruption.ts';
import { isPrivateHost } from '@patchcord/shared/private-host';
import { twilioVariables } from './transfer/variables.ts';
import { telemetryVariables } from './telemetry/variables.ts';
import { checkFallback } from './twiml.ts';

/** Text that names a URL with one of `protocols`; those without TLS for loopback and private addresses only. */
function url(...protocols: readonly string[]) {
  const expectation = `a URL with ${protocols.join(' or ')}, without TLS for private addresses only`;
  return z
    .string()
    .refine((text) => {
      if (!URL.canParse(text)) return false;
      const { protocol, hostname } = new URL(text);
      return protocols.includes(protocol) && (protocol.endsWith('s:') || isPrivateHost(hostname));
    })
    .meta({ expectation });
}

function phrase(charsMin: number, charsMax: number) {
  return z
    .string()
    .trim()
    .min(charsMin)
    .max(charsMax)
    .meta({ expectation: `text of ${charsMin} to ${charsMax} characters` });
}

/** Wrangler passes variables as text or, from a TOML number, as a number. */
function milliseconds(min: number, max: number) {
  return z
    .union([z.string().regex(/^[0-9]+$/u), z.number()])
    .transform(Number)
    .pipe(z.int().min(min).max(max))
    .meta({ expectation: `a whole number of milliseconds from ${min} to ${max}` });
}

function count(min: number, max: number) {
  return z
    .union([z.string().regex(/^[0-9]+$/u), z.number()])
    .transform(Number)
    .pipe(z.int().min(min).max(max))
    .meta({ expectation: `a whole number from ${min} to ${max}` });
}

function voiceId() {
  return z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/u)
    .meta({ expectation: 'the ID of an ElevenLabs voice' });
}

/** Names with commas between them. */
function list(item: z.ZodType<string, string>, max: number) {
  return z
    .string()
    .transform((text) => text.split(',').map((name) => name.trim()))
    .pipe(z.array(item).max(max))
    .meta({ expectation: `up to ${max} names with commas between them` })
    .default([]);
}

const secret = () => z.string().min(1).meta({ expectation: 'not empty', isSecret: true });

const INSTRUCTIONS =
  'You answer the telephone of a small business. You are heard, not read: speak in short, plain sentences, without ' +
  'lists, markup or emoji. Ask one question at a time. If you do not know something, say so. When the caller is done, ' +
  'say goodbye and call end_call.';

const variables = z.object({
  AUTH_TOKEN: secret(),
  API_TOKEN: secret().optional(),
  AZURE_SPEECH_KEY: secret().optional(),
  OPENROUTER_API_KEY: secret().optional(),
  ELEVENLABS_API_KEY: secret().optional(),

  PUBLIC_HOST: z
    .string()
    .refine((host) => URL.canParse(`https://${host}/`) && !/[/?#@]/u.test(host))
    .meta({ expectation: 'a host name, with a port where it is not 443, such as agent.example' })
    .optional(),

  AZURE_SPEECH_REGION: z
    .string()
    .regex(/^[a-z0-9]{1,32}$/u)
    .meta({ expectation: 'the name of an Azure region, such as southeastasia' })
    .default('southeastasia'),
  AZURE_SPEECH_URL: url('wss:', 'https:', 'ws:', 'http:').optional(),
  AZURE_SPEECH_FALLBACK_KEY: secret().optional(),
  AZURE_SPEECH_FALLBACK_REGION: z
    .string()
    .regex(/^[a-z0-9]{1,32}$/u)
    .meta({ expectation: 'the name of an Azure region, such as eastasia' })
    .optional(),
  AZURE_SPEECH_FALLBACK_URL: url('wss:', 'https:', 'ws:', 'http:').optional(),
  OPENROUTER_URL: url('https:', 'http:').default('https://openrouter.ai/api/v1'),
  ELEVENLABS_URL: url('https:', 'http:').default('https://api.elevenlabs.io'),

  FALLBACK_TWIML: z
    .string()
    .max(8192)
    .refine((verbs) => checkFallback(verbs) === undefined)
    .meta({ expectation: 'TwiML verbs, well-formed, without <Response> around them' })
    .default('<Say>Sorry, we cannot take your call at the moment. Please try again later.</Say>'),

  AGENT_INSTRUCTIONS: phrase(1, 32_768).default(INSTRUCTIONS),
  AGENT_LANGUAGE: z
    .string()
    .regex(/^[a-z]{2,3}-[A-Z]{2}$/u)
    .meta({ expectation: 'a language and a country, such as en-US, ms-MY or zh-CN' })
    .default('en-US'),
  AGENT_MODEL: phrase(1, 200).default('openai/gpt-4.1-mini'),
  AGENT_HEDGE_MODELS: list(phrase(1, 200), 3),
  AGENT_HEDGE_MS: milliseconds(0, 60_000).default(0),
  AGENT_FALLBACK_MODELS: list(phrase(1, 200), 8),
  AGENT_VOICE: voiceId().default('21m00Tcm4TlvDq8ikWAM'),
  AGENT_FALLBACK_VOICES: list(voiceId(), 4),
  AGENT_VOICE_MODEL: z
    .string()
    .regex(/^[a-z0-9_]{1,64}$/u)
    .meta({ expectation: 'the ID of an ElevenLabs model' })
    .default('eleven_flash_v2_5'),

  /** For how long a provider that fails is not asked, at first; 0: it always is. */
  PROVIDER_CIRCUIT_MS: milliseconds(0, 300_000).default(15_000),

  AGENT_CLIPS: z.enum(['on', 'off']).meta({ expectation: 'on or off' }).default('on'),

  AGENT_GREETING: phrase(0, 1000).optional(),
  AGENT_APOLOGY: phrase(1, 1000).optional(),
  AGENT_NOT_UNDERSTOOD: phrase(1, 1000).optional(),
  AGENT_REPROMPT: phrase(0, 1000).optional(),
  AGENT_GOODBYE: phrase(1, 1000).optional(),
  AGENT_TIME_LIMIT: phrase(0, 1000).optional(),
  AGENT_FAILURE: phrase(0, 1000).optional(),

  AGENT_END_OF_TURN_MS: milliseconds(200, 5000).default(ENDPOINTING_DEFAULTS.minMs),
  AGENT_BARGE_IN_MS: milliseconds(60, 5000).default(INTERRUPTION_DEFAULTS.pauseAfterMs),
  AGENT_OPENER_MS: milliseconds(200, 60_000).default(600),
  AGENT_FILLER_MS: milliseconds(500, 60_000).default(1600),
  AGENT_REPROMPT_MS: milliseconds(1000, 600_000).default(10_000),
  AGENT_REPROMPTS_MAX: count(0, 20).default(2),
  AGENT_CALL_MS_MAX: milliseconds(10_000, 14_400_000).default(1_800_000),
  AGENT_LLM_TIMEOUT_MS: milliseconds(200, 60_000).default(2500),
  AGENT_TTS_TIMEOUT_MS: milliseconds(200, 60_000).default(1500),

  ...afterwardsVariables,
  ...telemetryVariables,
  ...twilioVariables,
});

/** The variables, checked, with their defaults. */
export type Env = Readonly<z.infer<typeof variables>>;

/** What is wrong with one variable. */
export interface EnvProblem {
  readonly variable: string;
  readonly message: string;
}

export type ParsedEnv =
  | { readonly isValid: true; readonly env: Env }
  | {
      readonly isValid: false;
      readonly problems: readonly EnvProblem[];
      /** What is needed to send a caller on, where that at least is right. */
      readonly authToken: string | undefined;
      readonly publicHost: string | undefined;
      readonly fallback: string;
    };

const parsed = new WeakMap<object, ParsedEnv>();

/** Parses the bindings of this Worker, once for each isolate. */
export function readEnv(bindings: object): ParsedEnv {
  const known = parsed.get(bindings);
  if (known !== undefined) return known;
  const fresh = parseEnv({ ...bindings });
  parsed.set(bindings, fresh);
  return fresh;
}

/** `bindings` may hold more than variables: what is not known is not looked at. */
export function parseEnv(bindings: Readonly<Record<string, unknown>>): ParsedEnv {
  // A variable that is there but empty is a variable that was not filled in.
  const filled = Object.entries(bindings).filter(
    ([, value]) => value !== '' && value !== undefined,
  );
  const emptied = Object.keys(EMPTY_IS_MEANT).filter((name) => bindings[name] === '');
  const result = variables.safeParse({
    ...Object.fromEntries(filled),
    ...Object.fromEntries(emptied.map((name) => [name, ''])),
  });
  if (result.success) {
    return { isValid: true, env: Object.freeze(result.data) };
  }
  const names = new Set(result.error.issues.map((issue) => String(issue.path[0])));
  const { shape } = variables;
  const fallback = shape.FALLBACK_TWIML.safeParse(bindings['FALLBACK_TWIML']);
  return {
    isValid: false,
    authToken: shape.AUTH_TOKEN.safeParse(bindings['AUTH_TOKEN']).data,
    publicHost: shape.PUBLIC_HOST.safeParse(bindings['PUBLIC_HOST']).data,
    fallback: fallback.data ?? shape.FALLBACK_TWIML.parse(undefined),
    problems: [...names].map((variable) => problemOf(variable, bindings[variable])),
  };
}

/** Phrases that an operator may switch off. */
const EMPTY_IS_MEANT = {
  AGENT_GREETING: true,
  AGENT_REPROMPT: true,
  AGENT_TIME_LIMIT: true,
  AGENT_FAILURE: true,
} as const satisfies Partial<Record<keyof Env, true>>;

const VALUE_CHARS_MAX = 80;

function problemOf(variable: string, value: unknown): EnvProblem {
  const shape: Record<string, z.ZodType> = variables.shape;
  const meta = metaOf(shape[variable]);
  const must = `${variable} must be ${meta.expectation ?? 'valid'}`;
  if (value === undefined || value === '') return { variable, message: `${must}, it is not set` };
  if (meta.isSecret) return { variable, message: must };
  const shown = (JSON.stringify(value) ?? typeof value).slice(0, VALUE_CHARS_MAX);
  return { variable, message: `${must}, got ${shown}` };
}

interface Note {
  readonly expectation?: string;
  readonly isSecret?: boolean;
}

/** The notes are on the innermost schema; optional and default are wrapped around it. */
function metaOf(schema: z.ZodType | undefined): Note {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) {
    return metaOf(schema.unwrap() as z.ZodType);
  }
  // Only the schemas above have notes, and only these.
  return (schema?.meta() ?? {}) as Note;
}

/** Whether `name` is a variable or a secret that the edge itself reads. */
export function isOwnVariable(name: string): boolean {
  return Object.hasOwn(variables.shape, name);
}

/** Which providers cannot even be tried, and why. */
export function missingProviders(env: Env): { stt?: Fault; llm?: Fault; tts?: Fault } {
  return {
    ...(env.AZURE_SPEECH_KEY === undefined
      ? { stt: { code: 'STT_KEY_MISSING', message: 'AZURE_SPEECH_KEY is not set' } }
      : {}),
    ...(env.OPENROUTER_API_KEY === undefined
      ? { llm: { code: 'LLM_KEY_MISSING', message: 'OPENROUTER_API_KEY is not set' } }
      : {}),
    ...(env.ELEVENLABS_API_KEY === undefined
      ? { tts: { code: 'TTS_KEY_MISSING', message: 'ELEVENLABS_API_KEY is not set' } }
      : {}),
  };
}

/** The fields of an agent, each with its bounds and its default. */

import { z } from 'zod';
import { objectSchema } from './json-schema.ts';
import { languageSchema, spokenSchema } from './language.ts';
import { VARIABLE_NAME } from './template.ts';
import { callableUrlSchema, toolSchema } from './tool.ts';
import { transferTargetSchema } from './transfer-target.ts';
import {
  endpointingSchema,
  interruptionSchema,
  speculationSchema,
  sttSchema,
} from './turn-taking.ts';
import { modelsSchema, voiceSchema } from './voice.ts';

/** The custom parameter of a stream that names its agent. */
export const AGENT_PARAMETER = 'agent';

export const agentNameSchema = z
  .string()
  .regex(/^[a-z0-9-]{1,64}$/, 'must be 1 to 64 lower-case letters, digits and -')
  .meta({ description: 'Identifies the agent', example: 'clinic-receptionist' });

const variablesSchema = z
  .record(
    z.string().regex(VARIABLE_NAME, 'must be 1 to 64 letters, digits and _, with a letter first'),
    z.strictObject({
      default: z.string().max(2000).optional(),
      description: z.string().max(500).optional(),
    }),
  )
  .refine((variables) => Object.keys(variables).length <= 64, 'must have at most 64 variables')
  .meta({ description: 'What {{name}} stands for. Values are given at the start of a call' });

const phrasesSchema = z
  .strictObject({
    apology: spokenSchema(1, 1000).optional(),
    notUnderstood: spokenSchema(1, 1000).optional(),
    reprompt: spokenSchema(0, 1000).optional(),
    goodbye: spokenSchema(1, 1000).optional(),
    timeLimit: spokenSchema(0, 1000).optional(),
    wrapUp: spokenSchema(0, 1000).optional(),
    failure: spokenSchema(0, 1000).optional(),
    notConnected: spokenSchema(1, 1000).optional(),
    openers: z
      .array(spokenSchema(1, 200))
      .max(20)
      .optional()
      .meta({ description: 'First words of an answer while the model still thinks' }),
    fillers: z
      .array(spokenSchema(1, 200))
      .max(20)
      .optional()
      .meta({ description: 'Said while a tool takes long' }),
  })
  .meta({
    description: 'What the agent says of its own accord; see docs/agents.md for what is built in',
  });

const limitsSchema = z.strictObject({
  callMsMax: z.int().min(10_000).max(14_400_000).default(1_800_000),
  repromptMs: z.int().min(1000).max(600_000).default(10_000),
  repromptsMax: z.int().min(0).max(20).default(2),
  turnsMax: z.int().min(1).max(2000).default(300),
  agentCharsMax: z
    .int()
    .min(100)
    .max(20_000)
    .default(3000)
    .meta({ description: 'Characters of one answer' }),
  costMax: z
    .number()
    .positive()
    .max(10_000)
    .optional()
    .meta({ description: 'Of one call, in the currency of the prices' }),
});

const recordingSchema = z.strictObject({
  isOn: z.boolean().default(false),
  announcement: spokenSchema(1, 1000).optional(),
  consent: z.enum(['none', 'announce', 'ask']).default('none'),
});

const voicemailSchema = z.strictObject({
  mode: z.enum(['hang-up', 'leave-message', 'ignore']).default('hang-up'),
  message: spokenSchema(1, 2000).optional(),
});

const extractionSchema = z.strictObject({
  summary: z.boolean().default(false),
  schema: objectSchema
    .optional()
    .meta({ description: 'What to draw out of a call that has ended' }),
});

const price = () => z.number().min(0).max(100_000).optional();

const pricesSchema = z
  .strictObject({
    currency: z
      .string()
      .regex(/^[A-Z]{3}$/, 'must be three letters, such as USD')
      .default('USD'),
    llmInputPerMillionTokens: price(),
    llmOutputPerMillionTokens: price(),
    sttPerHour: price(),
    ttsPerMillionChars: price(),
    linePerMinute: price(),
  })
  .meta({ description: 'What is paid, where it is not what is built in' });

/** As `Intl` knows them: the IANA database. */
const timeZoneSchema = z
  .string()
  .max(64)
  .refine(isTimeZone, 'must be a time zone, such as Asia/Kuala_Lumpur')
  .default('Asia/Kuala_Lumpur')
  .meta({ description: 'Of the date and the time that the agent knows' });

function isTimeZone(timeZone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-GB', { timeZone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

export const agentShape = z.strictObject({
  name: agentNameSchema,
  instructions: z
    .string()
    .trim()
    .min(1)
    .max(32_768)
    .meta({ description: 'The system message; {{variables}} are filled in' }),
  variables: variablesSchema.default({}),
  languages: z
    .array(languageSchema)
    .min(1)
    .max(4)
    .default(['en-US'])
    .meta({ description: 'The first is the one a call begins in' }),
  timeZone: timeZoneSchema,
  voice: voiceSchema.prefault({}),
  models: modelsSchema.prefault({}),
  greeting: spokenSchema(0, 1000)
    .optional()
    .meta({ description: 'Spoken first. Empty: the agent waits for the caller' }),
  phrases: phrasesSchema.prefault({}),
  tools: z
    .array(toolSchema)
    .max(64)
    .default([
      { kind: 'builtin', name: 'end_call' },
      { kind: 'builtin', name: 'note' },
    ]),
  limits: limitsSchema.prefault({}),
  endpointing: endpointingSchema.prefault({}),
  interruption: interruptionSchema.prefault({}),
  speculation: speculationSchema.prefault({}),
  stt: sttSchema.prefault({}),
  transferTargets: z.array(transferTargetSchema).max(50).default([]),
  failureTarget: z
    .string()
    .max(64)
    .optional()
    .meta({ description: 'The transfer target that takes a call which cannot go on' }),
  recording: recordingSchema.prefault({}),
  voicemail: voicemailSchema.prefault({}),
  extraction: extractionSchema.prefault({}),
  webhookUrl: callableUrlSchema.optional().meta({ description: 'Told of every call that ended' }),
  redact: z
    .boolean()
    .default(false)
    .meta({ description: 'Numbers and names are taken out of what is kept' }),
  prices: pricesSchema.optional(),
});

/** The fields alone: what only several of them together can tell is not checked yet. */
export type AgentShape = z.infer<typeof agentShape>;

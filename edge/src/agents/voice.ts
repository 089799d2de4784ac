/** Schemas of the voice and of the language models of an agent. */

import { z } from 'zod';
import { languageSchema } from './language.ts';

const voiceIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be the ID of an ElevenLabs voice');
const voiceModelSchema = z
  .string()
  .regex(/^[a-z0-9_]{1,64}$/, 'must be the ID of an ElevenLabs model');

export const voiceSchema = z.strictObject({
  provider: z.literal('elevenlabs').default('elevenlabs'),
  voiceId: voiceIdSchema.default('21m00Tcm4TlvDq8ikWAM'),
  model: voiceModelSchema.default('eleven_flash_v2_5'),
  languages: z
    .record(
      languageSchema,
      z.strictObject({ voiceId: voiceIdSchema.optional(), model: voiceModelSchema.optional() }),
    )
    .default({})
    .meta({ description: 'Another voice or model for a language' }),
  fallbackVoiceIds: z
    .array(voiceIdSchema)
    .max(4)
    .default([])
    .meta({ description: 'Tried in this order where the voice is refused' }),
});

const llmModelSchema = z
  .string()
  .regex(/^[\w.:/@-]{1,200}$/, 'must be the name of a model, such as openai/gpt-4.1-mini');

export const modelsSchema = z.strictObject({
  primary: llmModelSchema.default('openai/gpt-4.1-mini'),
  hedges: z
    .array(llmModelSchema)
    .max(3)
    .default([])
    .meta({ description: 'Asked too when the first is slow; the first answer wins' }),
  hedgeAfterMs: z.int().min(0).max(10_000).optional(),
  fallbacks: z
    .array(llmModelSchema)
    .max(4)
    .default([])
    .meta({ description: 'Tried in this order where the first fails' }),
  temperature: z.number().min(0).max(2).optional(),
  maxTokens: z.int().min(16).max(8192).default(1024),
});

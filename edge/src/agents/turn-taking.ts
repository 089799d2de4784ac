/** Schemas of who speaks when: recognition, the end of a turn, interruption, speculation. */

import { z } from 'zod';
import { ENDPOINTING_DEFAULTS } from '../call/core/hearing/endpointing-options.ts';
import { INTERRUPTION_DEFAULTS } from '../call/core/hearing/interruption.ts';

export const sttSchema = z.strictObject({
  phraseList: z
    .array(z.string().trim().min(1).max(100))
    .max(500)
    .default([])
    .meta({ description: 'Words that recognition should expect: names, products' }),
  segmentationSilenceMs: z
    .int()
    .min(100)
    .max(5000)
    .default(300)
    .meta({ description: 'Silence after which recognition finishes a phrase' }),
  finalSilenceMs: z
    .int()
    .min(0)
    .max(2000)
    .default(0)
    .meta({ description: 'Silence given to recognition ahead of time when the caller stops' }),
  languageMode: z
    .enum(['fixed', 'identify'])
    .default('fixed')
    .meta({ description: 'The first language, or whichever of them is spoken' }),
});

export const endpointingSchema = z.strictObject({
  minMs: z
    .int()
    .min(100)
    .max(5000)
    .default(ENDPOINTING_DEFAULTS.minMs)
    .meta({ description: 'Silence before a turn may be over' }),
  maxMs: z
    .int()
    .min(200)
    .max(15_000)
    .default(ENDPOINTING_DEFAULTS.maxMs)
    .meta({ description: 'Silence after which a turn is over whatever was said' }),
  gate: z
    .boolean()
    .default(false)
    .meta({ description: 'The model is asked whether the caller has finished' }),
  isAdaptive: z
    .boolean()
    .default(ENDPOINTING_DEFAULTS.isAdaptive)
    .meta({ description: 'minMs follows the pauses of this caller' }),
});

export const interruptionSchema = z.strictObject({
  isAllowed: z.boolean().default(true),
  pauseAfterMs: z
    .int()
    .min(60)
    .max(5000)
    .default(INTERRUPTION_DEFAULTS.pauseAfterMs)
    .meta({ description: 'Speech of the caller after which the agent stops' }),
  minWords: z
    .int()
    .min(0)
    .max(20)
    .default(INTERRUPTION_DEFAULTS.wordsMin)
    .meta({ description: 'Words that make an interruption; fewer are talked over' }),
  protectedGreetingMs: z
    .int()
    .min(0)
    .max(60_000)
    .default(INTERRUPTION_DEFAULTS.greetingProtectedMs)
    .meta({ description: 'The greeting cannot be interrupted for so long' }),
  backchannels: z
    .strictObject({
      extra: z
        .array(z.string().trim().min(1).max(40))
        .max(100)
        .default([])
        .meta({ description: 'More words that only say "I am listening"' }),
    })
    .prefault({}),
});

export const speculationSchema = z.strictObject({
  isOn: z
    .boolean()
    .default(true)
    .meta({ description: 'The model is asked before the turn is certainly over' }),
  triesMax: z.int().min(0).max(10).default(3).meta({ description: 'For each turn' }),
});

/** The Worker's variables for what is left of a call: part of `env.ts`. */

import { isPrivateHost } from '@patchcord/shared/private-host';
import { z } from 'zod';

/** A number, as Wrangler passes it: text, or from TOML a number. */
function decimal(min: number, max: number, expectation: string) {
  return z
    .union([z.string().regex(/^[0-9]{1,12}(?:\.[0-9]{1,12})?$/u), z.number()])
    .transform(Number)
    .pipe(z.number().min(min).max(max))
    .meta({ expectation });
}

const price = () => decimal(0, 100_000, 'a price from 0 to 100000').optional();
const toggle = () => z.enum(['on', 'off']).meta({ expectation: 'on or off' }).default('off');

/** As wide as the type of an agent's own `webhookUrl`. */
function isWebhookUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  const isSafe = protocol === 'https:' || (protocol === 'http:' && isPrivateHost(hostname));
  return isSafe && username === '' && password === '';
}

export const afterwardsVariables = {
  AGENT_RECORDING: toggle(),
  AGENT_REDACT: toggle(),
  AGENT_WEBHOOK_URL: z
    .string()
    .max(2048)
    .refine(isWebhookUrl)
    .meta({ expectation: 'an https URL without user name; http for private addresses only' })
    .optional(),
  WEBHOOK_PRIVATE_HOSTS: toggle(),
  /** Before the second attempt; each further one waits three times as long. */
  WEBHOOK_RETRY_MS: decimal(100, 3_600_000, 'a number of milliseconds from 100 to 3600000').default(
    60_000,
  ),
  RETENTION_DAYS: decimal(0.00001, 3650, 'a number of days above 0, up to 3650').default(90),

  PRICE_CURRENCY: z
    .string()
    .regex(/^[A-Z]{3}$/u)
    .meta({ expectation: 'three letters, such as USD or MYR' })
    .default('USD'),
  PRICE_PER_USD: decimal(0.000001, 1_000_000, 'what one US dollar costs in PRICE_CURRENCY').default(
    1,
  ),
  PRICE_STT_PER_HOUR: price(),
  PRICE_TTS_PER_MILLION_CHARS: price(),
  PRICE_LLM_INPUT_PER_MILLION_TOKENS: price(),
  PRICE_LLM_OUTPUT_PER_MILLION_TOKENS: price(),
  PRICE_LINE_PER_MINUTE: price(),
} as const;

const variables = z.object(afterwardsVariables);

/** Their values, with defaults. */
export type AfterwardsVariables = Readonly<z.infer<typeof variables>>;

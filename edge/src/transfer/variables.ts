/** The Worker's variables for transfers by Twilio: part of `env.ts`. */

import { isPrivateHost } from '@patchcord/shared/private-host';
import { z } from 'zod';

function isApiUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || (protocol === 'http:' && isPrivateHost(hostname));
}

export const twilioVariables = {
  /** Of the account whose calls come here. Without it nobody is put through by Twilio. */
  TWILIO_ACCOUNT_SID: z
    .string()
    .regex(/^AC[0-9a-f]{32}$/u)
    .meta({ expectation: 'AC and 32 hexadecimal digits' })
    .optional(),
  /** In place of the account's `AUTH_TOKEN`. */
  TWILIO_API_KEY: z
    .string()
    .regex(/^SK[0-9a-f]{32}$/u)
    .meta({ expectation: 'SK and 32 hexadecimal digits' })
    .optional(),
  TWILIO_API_SECRET: z
    .string()
    .min(1)
    .meta({ expectation: 'not empty', isSecret: true })
    .optional(),
  TWILIO_API_URL: z
    .string()
    .refine(isApiUrl)
    .meta({ expectation: 'a URL with https:, or http: for private addresses' })
    .default('https://api.twilio.com'),
} as const;

const variables = z.object(twilioVariables);

/** Their values, with defaults. */
export type TwilioVariables = Readonly<z.infer<typeof variables>>;

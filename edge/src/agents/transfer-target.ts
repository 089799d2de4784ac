/** Whom an agent may put a caller through to. */

import { z } from 'zod';

export const transferTargetSchema = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9_-]{1,64}$/, 'must be 1 to 64 lower-case letters, digits, _ and -')
      .meta({ description: 'By which the model chooses' }),
    description: z.string().trim().min(1).max(500).meta({ description: 'When to choose it' }),
    number: z
      .string()
      .regex(/^\+[1-9][0-9]{6,14}$/, 'must be a number in E.164, such as +60312345678')
      .optional(),
    sip: z
      .string()
      .max(255)
      .regex(/^sips?:[^\s@]+@[^\s@]+$/, 'must be a SIP URI, such as sip:desk@pbx.example')
      .optional(),
    extension: z
      .string()
      .regex(/^[0-9*#]{1,16}$/, 'must be an extension of the PBX: 1 to 16 digits')
      .optional(),
    announcement: z.string().trim().min(1).max(300).optional().meta({
      description: 'Said by Twilio to whoever answers a warm transfer; {{variables}} are filled in',
    }),
    kind: z
      .enum(['cold', 'warm'])
      .default('cold')
      .meta({ description: 'Put through at once, or announced first' }),
  })
  .meta({ id: 'TransferTarget', description: 'One of number, sip and extension' });

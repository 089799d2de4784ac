/** What an agent may do besides talking: call an HTTP endpoint, a server of tools (MCP), or what the edge brings. */

import { z } from 'zod';
import { isPrivateHost } from '@patchcord/shared/private-host';
import { GRANTED_TOOLS } from '../call/core/thinking/toolbox.ts';
import { objectSchema } from './json-schema.ts';
import { withoutPlaceholders } from './template.ts';

/** Nobody but the HTTP client writes these. */
const HEADERS_RESERVED: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'host',
  'transfer-encoding',
  'upgrade',
]);

/** An address that the edge calls: with TLS, without it on private networks only. No user, no password. */
export const callableUrlSchema = z
  .string()
  .max(2048)
  .refine(isCallable, 'must be an https URL without user name; http for private addresses only');

function isCallable(text: string): boolean {
  const filled = withoutPlaceholders(text, 'x');
  if (!URL.canParse(filled)) return false;
  const { protocol, hostname, username, password } = new URL(filled);
  // The host must not depend on what a caller says.
  const isHostFixed = !/^[^/]*\/\/[^/?#]*\{\{/u.test(text);
  const isSafe = protocol === 'https:' || (protocol === 'http:' && isPrivateHost(hostname));
  return isSafe && isHostFixed && username === '' && password === '';
}

/** The name by which a model calls a tool, as OpenAI's protocol allows it. */
const toolNameSchema = z
  .string()
  .regex(
    /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/,
    'must be 1 to 64 letters, digits, _ or -, no digit first',
  );

const headersSchema = z
  .record(
    z
      .string()
      .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/, 'must be the name of a header')
      .refine((name) => !HEADERS_RESERVED.has(name.toLowerCase()), 'is a header that is not yours'),
    z
      .string()
      .max(4096)
      .regex(/^[\t\x20-\x7e\x80-\xff]*$/, 'must be one line of Latin-1 text'),
  )
  .refine((headers) => Object.keys(headers).length <= 20, 'must have at most 20 headers')
  .meta({
    description: 'Header values; `{{secret.NAME}}` is a secret of the Worker. Answered as ***',
  });

const httpToolSchema = z
  .strictObject({
    kind: z.literal('http'),
    name: toolNameSchema,
    description: z.string().trim().min(1).max(4000).meta({ description: 'Told to the model' }),
    parameters: objectSchema.default({ type: 'object', properties: {} }),
    url: callableUrlSchema,
    method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']).default('POST'),
    headers: headersSchema.default({}),
    timeoutMs: z.int().min(200).max(60_000).default(8000),
    isIdempotent: z.boolean().default(false).meta({ description: 'May be tried a second time' }),
    resultCharsMax: z.int().min(100).max(50_000).default(4000),
    isSafeToAbort: z
      .boolean()
      .default(false)
      .meta({ description: 'May be given up when the caller interrupts' }),
  })
  .meta({ id: 'HttpTool' });

const mcpToolSchema = z
  .strictObject({
    kind: z.literal('mcp'),
    name: toolNameSchema.meta({ description: 'Of the server; goes before the names of its tools' }),
    url: callableUrlSchema,
    headers: headersSchema.default({}),
    allow: z
      .array(z.string().min(1).max(128))
      .max(64)
      .default([])
      .meta({ description: 'Names of the tools that may be used; none: all of them' }),
    timeoutMs: z.int().min(200).max(60_000).default(8000),
    resultCharsMax: z.int().min(100).max(50_000).default(4000),
  })
  .meta({ id: 'McpTool' });

const builtinToolSchema = z
  .strictObject({
    kind: z.literal('builtin'),
    name: z.enum(GRANTED_TOOLS),
    description: z
      .string()
      .trim()
      .min(1)
      .max(4000)
      .optional()
      .meta({ description: 'Told to the model in place of our own' }),
  })
  .meta({ id: 'BuiltinTool' });

export const toolSchema = z.discriminatedUnion('kind', [
  httpToolSchema,
  mcpToolSchema,
  builtinToolSchema,
]);

export type Tool = z.infer<typeof toolSchema>;

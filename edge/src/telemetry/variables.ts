/** The Worker's variables for OpenTelemetry, by their standard names: part of `env.ts`. */

import { isPrivateHost } from '@patchcord/shared/private-host';
import { z } from 'zod';

const URL_CHARS_MAX = 2048;
const HEADERS_MAX = 16;
const HEADER_CHARS_MAX = 4096;

function isCollectorUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password, search, hash } = new URL(text);
  const isSafe = protocol === 'https:' || (protocol === 'http:' && isPrivateHost(hostname));
  return isSafe && username === '' && password === '' && search === '' && hash === '';
}

const endpoint = () =>
  z
    .string()
    .max(URL_CHARS_MAX)
    .refine(isCollectorUrl)
    .meta({
      expectation: 'an https URL without user name and query; http for private addresses only',
    })
    .optional();

/**
 * `name=value` with commas between them, the values percent-encoded where they have to be; undefined where it is not that.
 *
 * @see https://opentelemetry.io/docs/specs/otel/protocol/exporter/#specifying-headers-via-environment-variables
 */
export function parseHeaders(text: string): Readonly<Record<string, string>> | undefined {
  const headers = new Map<string, string>();
  for (const pair of text.split(',').filter((each) => each.trim() !== '')) {
    const [, name = '', encoded = ''] =
      /^\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*=(.*)$/su.exec(pair) ?? [];
    const value = decoded(encoded.trim());
    if (name === '' || value === undefined || !/^[\x20-\x7e]+$/u.test(value)) return undefined;
    headers.set(name.toLowerCase(), value);
  }
  return headers.size > HEADERS_MAX ? undefined : Object.fromEntries(headers);
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

export const telemetryVariables = {
  OTEL_EXPORTER_OTLP_ENDPOINT: endpoint(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: endpoint(),
  OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: endpoint(),
  OTEL_EXPORTER_OTLP_HEADERS: z
    .string()
    .max(HEADER_CHARS_MAX)
    .refine((text) => parseHeaders(text) !== undefined)
    .meta({
      expectation: `up to ${HEADERS_MAX} headers as name=value with commas between them, values percent-encoded`,
      isSecret: true,
    })
    .optional(),
  OTEL_EXPORTER_OTLP_PROTOCOL: z
    .enum(['http/json'])
    .meta({ expectation: 'http/json, the only one the edge speaks' })
    .default('http/json'),
  OTEL_SERVICE_NAME: z
    .string()
    .trim()
    .min(1)
    .max(255)
    .meta({ expectation: 'text of 1 to 255 characters' })
    .default('patchcord-edge'),
} as const;

const variables = z.object(telemetryVariables);

/** Their values, with defaults. */
export type TelemetryVariables = Readonly<z.infer<typeof variables>>;

export type Signal = 'traces' | 'metrics';

/** Where a signal goes; undefined: it is not sent. The general endpoint is a base, the others are taken as they are. */
export function endpointOf(env: TelemetryVariables, signal: Signal): string | undefined {
  const own =
    signal === 'traces'
      ? env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT
      : env.OTEL_EXPORTER_OTLP_METRICS_ENDPOINT;
  const base = env.OTEL_EXPORTER_OTLP_ENDPOINT;
  return own ?? (base === undefined ? undefined : `${base.replace(/\/+$/u, '')}/v1/${signal}`);
}

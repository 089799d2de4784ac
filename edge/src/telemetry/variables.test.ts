import { describe, expect, it } from 'vitest';
import { parseEnv } from '../env.ts';
import { endpointOf, parseHeaders } from './variables.ts';

const problemsOf = (variables: Record<string, unknown>): string[] => {
  const parsed = parseEnv({ AUTH_TOKEN: 'sesame', ...variables });
  return parsed.isValid ? [] : parsed.problems.map(({ message }) => message);
};

function endpointsOf(variables: Record<string, unknown>): (string | undefined)[] {
  const parsed = parseEnv({ AUTH_TOKEN: 'sesame', ...variables });
  if (!parsed.isValid) throw new Error(parsed.problems[0]?.message);
  const { env } = parsed;
  return [endpointOf(env, 'traces'), endpointOf(env, 'metrics')];
}

describe('the variables of OpenTelemetry', () => {
  it('say where each signal goes, and nowhere by default', () => {
    const base = 'https://otlp.example/otlp/';
    const traces = 'https://jaeger.example/v1/traces';
    expect(endpointsOf({})).toEqual([undefined, undefined]);
    expect(endpointsOf({ OTEL_EXPORTER_OTLP_ENDPOINT: base })).toEqual([
      'https://otlp.example/otlp/v1/traces',
      'https://otlp.example/otlp/v1/metrics',
    ]);
    expect(endpointsOf({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: traces })).toEqual([
      traces,
      undefined,
    ]);
    expect(
      endpointsOf({
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://10.0.0.7:4318',
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: traces,
      }),
    ).toEqual([traces, 'http://10.0.0.7:4318/v1/metrics']);
  });

  it.each([
    'otlp.example',
    'http://otlp.example',
    'https://user:password@otlp.example',
    'https://otlp.example/?key=1',
  ])('take no %s for an endpoint', (url) => {
    expect(problemsOf({ OTEL_EXPORTER_OTLP_ENDPOINT: url })).toEqual([
      `OTEL_EXPORTER_OTLP_ENDPOINT must be an https URL without user name and query; http for private addresses only, got "${url}"`,
    ]);
  });

  it('say that JSON is all there is, and keep headers to themselves', () => {
    expect(
      problemsOf({ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_EXPORTER_OTLP_HEADERS: 'a secret' }),
    ).toEqual([
      'OTEL_EXPORTER_OTLP_HEADERS must be up to 16 headers as name=value with commas between them, values percent-encoded',
      'OTEL_EXPORTER_OTLP_PROTOCOL must be http/json, the only one the edge speaks, got "grpc"',
    ]);
  });
});

describe('headers in one variable', () => {
  it('are names and values', () => {
    expect(parseHeaders('Authorization=Basic%20dXNlcjpwYXNz, X-Scope-OrgID = 7,')).toEqual({
      authorization: 'Basic dXNlcjpwYXNz',
      'x-scope-orgid': '7',
    });
    // Not encoded, as many write it, and as collectors accept it.
    expect(parseHeaders('authorization=Basic dXNlcjpwYXNz==')).toEqual({
      authorization: 'Basic dXNlcjpwYXNz==',
    });
    expect(parseHeaders('')).toEqual({});
  });

  it.each(['name', '=value', 'na me=value', 'name=', 'name=%0d%0aX: y', 'name=%zz', 'name=ü'])(
    'are not %j',
    (text) => {
      expect(parseHeaders(text)).toBeUndefined();
    },
  );

  it('are sixteen at most', () => {
    const text = Array.from({ length: 17 }, (_, i) => `h${i}=v`).join(',');
    expect(parseHeaders(text)).toBeUndefined();
  });
});

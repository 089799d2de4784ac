/**
 * OTLP as JSON: the messages of opentelemetry-proto 1 that the edge sends, and what JSON makes of their values.
 *
 * Identifiers are hexadecimal, enumerations are numbers, 64-bit integers are decimal text, and names are in lowerCamelCase.
 *
 * @see https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */

export interface KeyValue {
  readonly key: string;
  readonly value:
    | { readonly stringValue: string }
    | { readonly boolValue: boolean }
    | { readonly intValue: string }
    | { readonly doubleValue: number };
}

interface Resource {
  readonly attributes: readonly KeyValue[];
}

interface Scope {
  readonly name: string;
}

export const SPAN_KIND = { internal: 1, server: 2, client: 3 } as const;
export const STATUS_ERROR = 2;
export const DELTA = 1;

export interface SpanEvent {
  readonly timeUnixNano: string;
  readonly name: string;
  readonly attributes: readonly KeyValue[];
}

export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly KeyValue[];
  readonly events: readonly SpanEvent[];
  readonly status?: { readonly code: number; readonly message: string };
}

/** `ExportTraceServiceRequest`. */
export interface TraceRequest {
  readonly resourceSpans: readonly {
    readonly resource: Resource;
    readonly scopeSpans: readonly { readonly scope: Scope; readonly spans: readonly Span[] }[];
  }[];
}

export interface NumberPoint {
  readonly attributes: readonly KeyValue[];
  readonly startTimeUnixNano: string;
  readonly timeUnixNano: string;
  readonly asInt: string;
}

export interface HistogramPoint {
  readonly attributes: readonly KeyValue[];
  readonly startTimeUnixNano: string;
  readonly timeUnixNano: string;
  readonly count: string;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  /** One more than there are bounds. */
  readonly bucketCounts: readonly string[];
  /** Each is the last value of its bucket. */
  readonly explicitBounds: readonly number[];
}

export interface Metric {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly sum?: {
    readonly dataPoints: readonly NumberPoint[];
    readonly aggregationTemporality: number;
    readonly isMonotonic: true;
  };
  readonly histogram?: {
    readonly dataPoints: readonly HistogramPoint[];
    readonly aggregationTemporality: number;
  };
}

/** `ExportMetricsServiceRequest`. */
export interface MetricsRequest {
  readonly resourceMetrics: readonly {
    readonly resource: Resource;
    readonly scopeMetrics: readonly {
      readonly scope: Scope;
      readonly metrics: readonly Metric[];
    }[];
  }[];
}

/** A number is one of the proto's integers; a fraction is written as `seconds` does. */
export type AttributeValue = string | boolean | number | { readonly double: number } | undefined;

/** What is not known is left out. */
export function attributesOf(values: Readonly<Record<string, AttributeValue>>): KeyValue[] {
  return Object.entries(values).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key, value: anyValue(value) }],
  );
}

function anyValue(value: Exclude<AttributeValue, undefined>): KeyValue['value'] {
  switch (typeof value) {
    case 'string':
      return { stringValue: value };
    case 'boolean':
      return { boolValue: value };
    case 'number':
      return { intValue: String(Math.round(value)) };
    default:
      return { doubleValue: value.double };
  }
}

/** Milliseconds as the seconds that the conventions want. */
export function seconds(ms: number): { readonly double: number } {
  return { double: ms / 1000 };
}

const NANOS_PER_MS = 1_000_000n;

/** An instant in milliseconds since 1970; exact where a number of nanoseconds would not be. */
export function unixNano(at: number): string {
  return String(BigInt(Math.round(at)) * NANOS_PER_MS);
}

export const SCOPE: Scope = { name: 'patchcord-edge' };

export function resourceOf(serviceName: string): Resource {
  return { attributes: attributesOf({ 'service.name': serviceName }) };
}

/**
 * Judges OTLP in JSON by OpenTelemetry's own protocol buffers: the schema that `@opentelemetry/otlp-transformer` was built
 * with, in its last version that still has it.
 *
 * A body is right when nothing of it is lost or changed on the way into the binary form and back: a name that the schema does
 * not know disappears, a value of another type changes. What JSON has that the binary form has not is looked at here.
 */

import protocol from '@opentelemetry/otlp-transformer/build/src/generated/root.js';
import { z } from 'zod';

type Message = Readonly<Record<string, unknown>>;

/** A class that protobufjs has generated. */
interface MessageType {
  fromObject(value: object): Message;
  verify(value: object): string | null;
  encode(message: Message): { finish(): Uint8Array };
  decode(bytes: Uint8Array): Message;
  toObject(message: Message, options: object): unknown;
}

const messageType = z.custom<MessageType>(
  (value) => typeof value === 'function' && 'fromObject' in value && 'toObject' in value,
);
const service = (name: string) =>
  z.object({ v1: z.object({ [name]: messageType }) }).transform(({ v1 }) => v1[name]);

const collector = z
  .object({
    opentelemetry: z.object({
      proto: z.object({
        collector: z.object({
          trace: service('ExportTraceServiceRequest'),
          metrics: service('ExportMetricsServiceRequest'),
        }),
      }),
    }),
  })
  .parse(protocol).opentelemetry.proto.collector;

const TYPES = { traces: collector.trace, metrics: collector.metrics };

/** Throws where `body` is not the JSON form of the export request of `signal`. */
export function checkOtlp(signal: 'traces' | 'metrics', body: object): void {
  const type = TYPES[signal];
  if (type === undefined) throw new Error(`no schema of ${signal}`);
  checkText(body, '');
  const message = type.fromObject(body);
  const problem = type.verify(message);
  if (problem !== null) throw new Error(problem);
  const options = { longs: String, enums: Number, bytes: String };
  const back = type.toObject(type.decode(type.encode(message).finish()), options);
  const [sent, kept] = [canonical(body), canonical(back)];
  if (sent !== kept) throw new Error(`the schema makes\n${kept}\nof\n${sent}`);
}

const ID_DIGITS: Readonly<Record<string, number>> = { traceId: 32, spanId: 16, parentSpanId: 16 };

/** Identifiers are hexadecimal, which is valid base64 as well; nothing is null. */
function checkText(value: unknown, name: string): void {
  if (value === null || value === undefined) throw new Error(`${name} is ${String(value)}`);
  const digits = ID_DIGITS[name];
  if (digits !== undefined) {
    const isId = typeof value === 'string' && /^(?=.*[1-9a-f])[0-9a-f]+$/u.test(value);
    if (!isId || value.length !== digits) throw new Error(`${name} is ${JSON.stringify(value)}`);
  }
  if (typeof value !== 'object') return;
  for (const [key, each] of Object.entries(value))
    checkText(each, Array.isArray(value) ? name : key);
}

/** The same text for the same message: names sorted, lists that are empty left out as the binary form does. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => {
    if (typeof each !== 'object' || each === null || Array.isArray(each)) return each;
    const kept = Object.entries(each).filter(([, one]) => !Array.isArray(one) || one.length > 0);
    return Object.fromEntries(kept.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  });
}

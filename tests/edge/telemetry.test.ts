/** Traces and counters of calls in workerd, as a collector gets them: judged by OpenTelemetry's own schema. */

import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { WebhookServer, type ReceivedRequest } from '../relay/webhook-server.ts';
import { checkOtlp } from './otlp-schema.ts';
import { World } from './world.ts';

const CALLER = '+60123456789';

const attributes = z
  .array(z.object({ key: z.string(), value: z.record(z.string(), z.unknown()) }))
  .transform((pairs) =>
    Object.fromEntries(pairs.map(({ key, value }) => [key, Object.values(value)[0]])),
  );
const nano = z.string().transform((text) => Number(BigInt(text) / 1_000_000n));
const spanSchema = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().optional(),
  name: z.string(),
  startTimeUnixNano: nano,
  endTimeUnixNano: nano,
  attributes,
  status: z.object({ code: z.number(), message: z.string() }).optional(),
});
type Span = z.infer<typeof spanSchema>;
const tracesSchema = z.object({
  resourceSpans: z.tuple([
    z.object({
      resource: z.object({ attributes }),
      scopeSpans: z.tuple([z.object({ spans: z.array(spanSchema) })]),
    }),
  ]),
});
const metricsSchema = z.object({
  resourceMetrics: z.tuple([
    z.object({
      scopeMetrics: z.tuple([
        z.object({
          metrics: z.array(
            z.object({
              name: z.string(),
              sum: z
                .object({ dataPoints: z.array(z.object({ attributes, asInt: z.string() })) })
                .optional(),
              histogram: z
                .object({ dataPoints: z.array(z.object({ attributes, count: z.string() })) })
                .optional(),
            }),
          ),
        }),
      ]),
    }),
  ]),
});

type Answer = (response: ServerResponse, request: ReceivedRequest) => void;

const taken: Answer = (response) => {
  response.writeHead(200, { 'Content-Type': 'application/json' }).end('{}');
};

/** A collector: takes what the schema knows, unless a test has it answer otherwise. */
class Collector {
  readonly server: WebhookServer;
  answer: Answer = taken;

  private constructor(server: WebhookServer) {
    this.server = server;
  }

  static async start(): Promise<Collector> {
    const server = await WebhookServer.start((response, _, request) =>
      collector.#receive(response, request),
    );
    const collector = new Collector(server);
    return collector;
  }

  /** Bodies that came for `signal` of the call or trace with these digits, in order. */
  bodies(signal: 'traces' | 'metrics', digits = ''): string[] {
    return this.server.requests.all
      .filter(({ path, body }) => path === `/otlp/v1/${signal}` && body.includes(digits))
      .map(({ body }) => body);
  }

  #receive(response: ServerResponse, request: ReceivedRequest): void {
    try {
      const signal = request.path === '/otlp/v1/traces' ? 'traces' : 'metrics';
      checkOtlp(signal, z.looseObject({}).parse(JSON.parse(request.body)));
    } catch (error) {
      this.problems.push(String(error));
    }
    this.answer(response, request);
  }

  readonly problems: string[] = [];
}

let world: World;
let collector: Collector;

beforeAll(async () => {
  collector = await Collector.start();
  world = await World.start({
    vars: {
      OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.server.url}/otlp`,
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20sesame',
      OTEL_SERVICE_NAME: 'clinic-line',
      WEBHOOK_RETRY_MS: '100',
    },
  });
});
afterAll(async () => {
  await world.stop();
  await collector.server[Symbol.asyncDispose]();
});
beforeEach(() => {
  collector.answer = taken;
});

function spansOf(body: string | undefined): Span[] {
  const { resourceSpans } = tracesSchema.parse(JSON.parse(body ?? ''));
  return resourceSpans[0].scopeSpans[0].spans;
}

describe('the judge of these tests', () => {
  const SPAN = {
    traceId: 'ab'.repeat(16),
    spanId: 'cd'.repeat(8),
    name: 'call',
    kind: 1,
    startTimeUnixNano: '1',
    endTimeUnixNano: '2',
  };
  const check = (part: object): void =>
    checkOtlp('traces', { resourceSpans: [{ scopeSpans: [{ spans: [{ ...SPAN, ...part }] }] }] });

  it('takes what is right', () => check({}));

  it.each([
    { span_id: SPAN.spanId },
    { kind: 'SPAN_KIND_INTERNAL' },
    { traceId: 'call 7' },
    { parentSpanId: null },
    { startTimeUnixNano: 1 },
    { status: { code: 'STATUS_CODE_ERROR' } },
    { attributes: [{ key: 'a', value: { intValue: 5 } }] },
    { attributes: { a: 1 } },
    { name: 5 },
  ])('does not take %j', (part) => {
    expect(() => check(part)).toThrow();
  });
});

describe('a call that has ended', () => {
  it('is one trace: what is in a span is within it, all of it within the call, and none of it was said', async () => {
    // Not to be had at first; the second attempt is the same to the letter.
    let refusals = 0;
    collector.answer = (response, request) => {
      if (refusals++ > 0 || request.path.endsWith('metrics')) return taken(response, request);
      response.writeHead(503, { 'Retry-After': '1' }).end();
    };
    const startedAt = Date.now();
    const call = await world.dial({ customParameters: { From: CALLER, To: '+603' } });
    await call.untilHeard('Hello!');
    call.say('I want a table.');
    await call.untilHeard('anything else?');
    call.say('Goodbye.');
    await call.until(() => call.closed !== undefined);
    const endedAt = Date.now();
    const digits = call.callSid.slice(2);
    await expect.poll(() => collector.bodies('traces', digits).length).toBe(2);
    await expect.poll(() => collector.bodies('metrics').length).toBe(1);
    expect(collector.problems).toEqual([]);
    const [first, second] = collector.bodies('traces', digits);
    expect(second).toBe(first);

    const spans = spansOf(first);
    const byId = new Map(spans.map((span) => [span.spanId, span]));
    const [root, ...others] = spans;
    expect(byId.size).toBe(spans.length);
    expect(root?.parentSpanId).toBeUndefined();
    for (const span of spans) {
      expect(span.traceId).toBe(digits);
      expect(span.startTimeUnixNano).toBeGreaterThanOrEqual(startedAt);
      expect(span.endTimeUnixNano).toBeGreaterThanOrEqual(span.startTimeUnixNano);
      expect(span.endTimeUnixNano).toBeLessThanOrEqual(endedAt);
    }
    for (const span of others) {
      const parent = byId.get(span.parentSpanId ?? '');
      expect(parent?.startTimeUnixNano).toBeLessThanOrEqual(span.startTimeUnixNano);
      expect(parent?.endTimeUnixNano).toBeGreaterThanOrEqual(span.endTimeUnixNano);
    }
    const inTurn = (index: number): string[] => {
      const turn = others.find((span) => span.attributes['patchcord.turn.index'] === String(index));
      return others
        .filter(({ parentSpanId }) => parentSpanId === turn?.spanId)
        .map(({ name }) => name);
    };
    const MODEL = 'openai/gpt-4.1-mini';
    expect(inTurn(0)).toEqual(['text_to_speech', 'playout']);
    expect(inTurn(1)).toEqual(['end_of_turn', `chat ${MODEL}`, 'text_to_speech', 'playout']);
    expect(inTurn(2)).toEqual([
      'end_of_turn',
      `chat ${MODEL}`,
      'text_to_speech',
      'playout',
      'execute_tool end_call',
    ]);
    expect(spans.flatMap(({ status }) => status ?? [])).toEqual([]);
    expect(root?.attributes).toMatchObject({
      'patchcord.call.end_reason': 'agent-hangup',
      'patchcord.call.turns': '3',
    });
    const chat = others.find(({ name }) => name === `chat ${MODEL}`);
    expect(Number(chat?.attributes['gen_ai.usage.output_tokens'])).toBeGreaterThan(0);

    const sent = collector.server.requests.all.find(({ body }) => body === first);
    expect(sent?.headers).toMatchObject({
      'content-type': 'application/json',
      authorization: 'Bearer sesame',
    });
    const everything = collector.server.requests.all.map(({ body }) => body).join();
    for (const secret of [CALLER, CALLER.slice(1), '+603', 'table', 'noted', 'Hello', 'Goodbye']) {
      expect(everything).not.toContain(secret);
    }
    expect(world.logs.join()).not.toContain('sesame');
  });

  it('adds to the counters', async () => {
    const before = collector.bodies('metrics').length;
    const call = await world.dialAndListen();
    call.say('Well?');
    await call.untilHeard('You said: Well?');
    call.hangUp();
    await expect.poll(() => collector.bodies('metrics').length).toBe(before + 1);
    expect(collector.problems).toEqual([]);
    const { resourceMetrics } = metricsSchema.parse(
      JSON.parse(collector.bodies('metrics').at(-1) ?? ''),
    );
    const points = (name: string) => {
      const found = resourceMetrics[0].scopeMetrics[0].metrics.find((each) => each.name === name);
      return found?.sum?.dataPoints ?? found?.histogram?.dataPoints ?? [];
    };
    expect(points('patchcord.calls')).toEqual([
      {
        attributes: {
          'patchcord.call.end_reason': 'caller-hangup',
          'patchcord.call.status': 'completed',
          'gen_ai.agent.name': expect.any(String),
        },
        asInt: '1',
      },
    ]);
    expect(points('patchcord.turns')).toHaveLength(2);
    expect(points('patchcord.response.latency')).toMatchObject([{ count: '1' }]);
    expect(points('gen_ai.client.token.usage')).toHaveLength(2);
    expect(points('patchcord.tts.characters')).toMatchObject([
      { asInt: String('Hello!'.length + 'You said: Well?'.length) },
    ]);
  });

  it('is part of the trace that it was given, or of none that nobody keeps', async () => {
    const [trace, parent] = ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7'];
    const dial = async (flags: string): Promise<void> => {
      const customParameters = { traceparent: `00-${trace}-${parent}-${flags}` };
      const before = collector.bodies('metrics').length;
      const call = await world.dialAndListen({ customParameters });
      call.hangUp();
      await expect.poll(() => collector.bodies('metrics').length).toBe(before + 1);
    };
    await dial('00');
    await dial('01');
    const [body, ...more] = collector.bodies('traces', trace);
    expect(more).toEqual([]);
    expect(spansOf(body)[0]).toMatchObject({ traceId: trace, parentSpanId: parent, name: 'call' });
  });

  it('is sent once to a collector that refuses it, which no caller notices', async () => {
    collector.answer = (response) => response.writeHead(401).end();
    const before = collector.server.requests.all.length;
    const call = await world.dialAndListen();
    call.hangUp();
    const report = await world.finalReport(call.callSid);
    expect(report).toMatchObject({ status: 'completed', errors: [] });
    const refusals = (): number =>
      world.logs.filter((line) => line.includes('TELEMETRY_REFUSED') && line.includes(call.callSid))
        .length;
    await expect.poll(refusals).toBe(2);
    // Another call, all of whose telemetry has come: there was time for a second attempt.
    collector.answer = taken;
    const next = await world.dialAndListen();
    next.hangUp();
    await expect.poll(() => collector.bodies('traces', next.callSid.slice(2)).length).toBe(1);
    expect(collector.bodies('traces', call.callSid.slice(2))).toHaveLength(1);
    await expect.poll(() => collector.server.requests.all.length).toBe(before + 4);
  });
});

describe('a collector that is away', () => {
  let alone: World;
  beforeAll(async () => {
    const gone = await Collector.start();
    const { url } = gone.server;
    await gone.server[Symbol.asyncDispose]();
    alone = await World.start({
      vars: { OTEL_EXPORTER_OTLP_ENDPOINT: url, WEBHOOK_RETRY_MS: '100' },
    });
  });
  afterAll(() => alone.stop());

  it('is tried five times, and changes nothing for the caller', async () => {
    const call = await alone.dialAndListen();
    call.say('Well?');
    await call.untilHeard('You said: Well?');
    call.hangUp();
    const report = await alone.finalReport(call.callSid);
    expect(report).toMatchObject({ status: 'completed', endReason: 'caller-hangup', errors: [] });
    const logSchema = z.looseObject({ level: z.string(), event: z.string(), tries: z.int() });
    const failures = () =>
      alone.logs
        .filter((line) => line.includes('TELEMETRY_FAILED'))
        .map((line) => logSchema.parse(JSON.parse(line)));
    const givenUp = () => failures().filter(({ level }) => level === 'error').length;
    // A tenth, three, nine and twenty-seven tenths of a second, and a slow machine.
    await expect.poll(givenUp, { timeout: 30_000 }).toBe(2);
    for (const signal of ['traces', 'metrics']) {
      const tries = failures().filter(({ event }) => event === signal);
      expect(tries.map((each) => each.tries)).toEqual([1, 2, 3, 4, 5]);
    }
  });
});

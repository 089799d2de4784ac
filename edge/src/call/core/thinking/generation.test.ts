import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CallOutput, Message } from '../contract.ts';
import type { FaultCode } from '../faults.ts';
import { Generation, type GenerationEvent, type LlmInput } from './generation.ts';
import type { ModelOptions } from '../settings.ts';

const TIMINGS = { llmFirstTokenMsMax: 2000, llmStallMsMax: 1500, llmMsMax: 6000 };
const MODELS: ModelOptions = {
  primary: 'quick',
  hedges: ['other'],
  hedgeAfterMs: 700,
  fallbacks: ['last'],
};
const ALONE: ModelOptions = { primary: 'quick', hedges: [], hedgeAfterMs: 0, fallbacks: [] };
const MESSAGES: readonly Message[] = [{ role: 'user', content: 'hi' }];
const USAGE = { promptTokens: 100, completionTokens: 10, costMicros: 7 };

class Rig {
  now = 0;
  readonly outputs: CallOutput[] = [];
  readonly events: GenerationEvent[] = [];
  readonly generation: Generation;
  /** Of the text, what the voice has of a word that it has not said. */
  unsaid = '';
  #requests = 0;

  constructor(models: ModelOptions = MODELS) {
    this.generation = new Generation(
      {
        messages: MESSAGES,
        models,
        timings: TIMINGS,
        nextRequestId: () => this.#requests++,
        emit: (output) => void this.outputs.push(output),
        takeBackWord: () => this.unsaid,
      },
      0,
    );
  }

  handle(input: LlmInput): this {
    if (this.generation.owns(input.requestId)) {
      this.events.push(...this.generation.handle(input, this.now));
    }
    return this;
  }

  says(requestId: number, text: string): this {
    return this.handle({ kind: 'llm-text', requestId, text });
  }

  done(requestId: number): this {
    return this.handle({ kind: 'llm-done', requestId });
  }

  fails(requestId: number, code: FaultCode): this {
    return this.handle({ kind: 'llm-error', requestId, fault: { code, message: 'scripted' } });
  }

  /** Lets `ms` go by, with all that falls due. */
  run(ms: number): this {
    const until = this.now + ms;
    for (let i = 0; ; i++) {
      const at = this.generation.deadline();
      if (at === undefined || at > until) break;
      expect(i).toBeLessThan(20);
      this.now = Math.max(this.now, at);
      this.events.push(...this.generation.expire(this.now));
    }
    this.now = until;
    return this;
  }

  get models(): string[] {
    return this.outputs.flatMap((each) => (each.kind === 'llm-request' ? [each.model] : []));
  }

  get aborted(): number[] {
    return this.outputs.flatMap((each) => (each.kind === 'llm-abort' ? [each.requestId] : []));
  }

  get text(): string {
    return this.events.map((each) => (each.kind === 'text' ? each.text : '')).join('');
  }

  get kinds(): string[] {
    return this.events.map(({ kind }) => kind).filter((kind) => kind !== 'text');
  }
}

describe('an answer of the model', () => {
  it('is what the first one says that says anything; the others are given up', () => {
    const rig = new Rig().run(700);
    expect(rig.models).toEqual(['quick', 'other']);
    rig.says(1, 'Hello').says(0, 'Good day').says(1, ' there.').done(1);
    expect([rig.text, rig.kinds, rig.aborted]).toEqual(['Hello there.', ['done'], [0]]);
    expect(rig.generation.deadline()).toBeUndefined();
  });

  it('asks no second model once the first has begun', () => {
    expect(new Rig().run(600).says(0, 'Hello').run(600).models).toEqual(['quick']);
  });

  it('asks no second model to begin again what has been said in part', () => {
    const rig = new Rig().run(600).says(0, 'We are open').fails(0, 'LLM_BROKEN').run(500);
    expect(rig.models).toEqual(['quick', 'last']);
  });

  it.each([
    ['LLM_UNAVAILABLE', ['quick', 'last']],
    ['LLM_RATE_LIMITED', ['quick', 'last']],
    ['LLM_BAD_REQUEST', ['quick', 'last']],
    ['LLM_BROKEN', ['quick', 'last']],
    ['LLM_AUTH', ['quick']],
    ['LLM_QUOTA', ['quick']],
  ] satisfies [FaultCode, string[]][])(
    'goes on after %s as far as that can help',
    (code, models) => {
      expect(new Rig().fails(0, code).models).toEqual(models);
    },
  );

  it('gives the only model there is a second chance, and no third', () => {
    const rig = new Rig(ALONE).fails(0, 'LLM_UNAVAILABLE').fails(1, 'LLM_UNAVAILABLE');
    expect([rig.models, rig.kinds]).toEqual([
      ['quick', 'quick'],
      ['fault', 'failed'],
    ]);
  });

  it('has another model begin with the word that was broken off, where nobody has heard any of it', () => {
    const rig = new Rig(ALONE).says(0, 'We open on Satur');
    rig.unsaid = 'Satur';
    rig.fails(0, 'LLM_BROKEN');
    const request = rig.outputs.findLast(({ kind }) => kind === 'llm-request');
    expect(request).toMatchObject({
      messages: [...MESSAGES, { role: 'assistant', content: 'We open on ' }, { role: 'system' }],
    });
    rig.says(1, ' Saturdays.');
    expect(rig.generation.text).toBe('We open on Saturdays.');
  });

  it('goes on with another model in the middle of a sentence, and tells it what was said', () => {
    const rig = new Rig(ALONE).says(0, ' We are open ').fails(0, 'LLM_BROKEN');
    const request = rig.outputs.findLast(({ kind }) => kind === 'llm-request');
    expect(request).toMatchObject({
      messages: [...MESSAGES, { role: 'assistant', content: ' We are open ' }, { role: 'system' }],
    });
    expect(rig.says(1, 'from nine ').says(1, 'to six.').text).toBe(
      ' We are open from nine to six.',
    );
  });

  it.each([
    [['from', ' nine'], 'We are open from nine'],
    [[' ', 'from nine'], 'We are open from nine'],
    [['', ' from nine'], 'We are open from nine'],
    [[', from nine'], 'We are open, from nine'],
  ])('puts a space where two halves meet, and no other: %j', (tokens, expected) => {
    const rig = new Rig(ALONE).says(0, 'We are open').fails(0, 'LLM_BROKEN');
    for (const token of tokens) rig.says(1, token);
    expect(rig.text).toBe(expected);
    const chinese = new Rig(ALONE).says(0, '我们').fails(0, 'LLM_BROKEN').says(1, '九点开门');
    expect(chinese.text).toBe('我们九点开门');
  });

  it('is not kept waiting for by a stream of nothing', () => {
    const rig = new Rig(ALONE);
    for (let i = 0; i < 30; i++) rig.run(100).says(0, '');
    expect(rig.models).toEqual(['quick', 'quick']);
    expect(rig.aborted).toEqual([0]);
  });

  it('is given up when no model begins in time', () => {
    const rig = new Rig().run(20_000);
    expect(rig.kinds.at(-1)).toBe('failed');
    expect(rig.now).toBe(20_000);
    expect(rig.generation.deadline()).toBeUndefined();
  });

  it('calls tools when it is complete, and no more than eight', () => {
    const rig = new Rig(ALONE);
    for (let i = 0; i < 12; i++) {
      const call = { id: `${i}`, name: 'look_up', argumentsJson: '{}' };
      rig.handle({ kind: 'llm-tool-call', requestId: 0, call });
    }
    rig.done(0);
    const [event] = rig.events;
    expect(event).toMatchObject({ kind: 'tool-calls' });
    expect(event?.kind === 'tool-calls' ? event.calls : []).toHaveLength(8);
  });

  it('forgets the tools of a model that broke off', () => {
    const call = { id: 'a', name: 'look_up', argumentsJson: '{}' };
    const rig = new Rig(ALONE).handle({ kind: 'llm-tool-call', requestId: 0, call });
    rig.fails(0, 'LLM_BROKEN').says(1, 'Yes.').done(1);
    expect(rig.kinds).toEqual(['fault', 'done']);
  });
});

describe('what an answer costs', () => {
  it("is the provider's own account where there is one", () => {
    const rig = new Rig().says(0, 'Yes.').handle({ kind: 'llm-usage', requestId: 0, usage: USAGE });
    rig.done(0);
    expect(rig.generation.spendings).toEqual([{ ...USAGE, model: 'quick' }]);
  });

  it('is reckoned where nobody tells', () => {
    const rig = new Rig().says(0, 'Yes, we are.').done(0);
    expect(rig.generation.spendings).toEqual([
      { model: 'quick', promptTokens: 1, completionTokens: 3 },
    ]);
  });

  it('is not counted twice when it is given up after the account has come', () => {
    const rig = new Rig().says(0, 'Yes.').handle({ kind: 'llm-usage', requestId: 0, usage: USAGE });
    rig.generation.abort();
    expect(rig.generation.spendings).toEqual([{ ...USAGE, model: 'quick' }]);
  });

  it('is nothing for a request that was refused', () => {
    expect(new Rig().fails(0, 'LLM_AUTH').generation.spendings).toEqual([]);
  });
});

const requestIds = fc.integer({ min: 0, max: 3 });
const inputs = fc.oneof(
  fc.record({
    kind: fc.constant<'llm-text'>('llm-text'),
    requestId: requestIds,
    text: fc.constantFrom('', ' ', 'Yes', ' of course.', '好'),
  }),
  fc.record({ kind: fc.constant<'llm-done'>('llm-done'), requestId: requestIds }),
  fc.record({
    kind: fc.constant<'llm-usage'>('llm-usage'),
    requestId: requestIds,
    usage: fc.constant(USAGE),
  }),
  fc.record({
    kind: fc.constant<'llm-tool-call'>('llm-tool-call'),
    requestId: requestIds,
    call: fc.constant({ id: 'a', name: 'look_up', argumentsJson: '{}' }),
  }),
  fc.record({
    kind: fc.constant<'llm-error'>('llm-error'),
    requestId: requestIds,
    fault: fc
      .constantFrom<FaultCode>('LLM_AUTH', 'LLM_UNAVAILABLE', 'LLM_BROKEN', 'LLM_RATE_LIMITED')
      .map((code) => ({ code, message: 'scripted' })),
  }),
);

it('ends once, ends every request, and counts each no more than once, whatever comes', () => {
  const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 2500 }), inputs), { maxLength: 25 });
  const models = fc.constantFrom(MODELS, ALONE, { ...MODELS, hedgeAfterMs: 0 });
  fc.assert(
    fc.property(models, steps, (of, all) => {
      const rig = new Rig(of);
      const ended = new Set<number>();
      for (const [afterMs, input] of all) {
        rig.run(afterMs);
        const isEnd = input.kind === 'llm-done' || input.kind === 'llm-error';
        if (isEnd && rig.generation.owns(input.requestId)) ended.add(input.requestId);
        rig.handle(input);
      }
      rig.run(60_000);
      expect(rig.generation.deadline()).toBeUndefined();
      const ends = rig.kinds.filter((kind) => kind !== 'fault');
      expect(ends).toHaveLength(1);
      expect(rig.kinds.at(-1)).not.toBe('fault');
      rig.models.forEach((_, requestId) => {
        expect(ended.has(requestId) !== rig.aborted.includes(requestId)).toBe(true);
      });
      expect(rig.generation.spendings.length).toBeLessThanOrEqual(rig.models.length);
    }),
  );
});

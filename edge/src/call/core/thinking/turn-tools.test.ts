import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CallOutput, ToolCall } from '../contract.ts';
import { firstOf } from '../deadline.ts';
import type { Fault } from '../faults.ts';
import { toolboxFor } from './toolbox.test-support.ts';
import { TurnTools, type ToolRound } from './turn-tools.ts';

class Rig {
  now = 0;
  readonly outputs: CallOutput[] = [];
  readonly faults: Fault[] = [];
  /** When the round was complete. */
  readonly answeredAt: number[] = [];
  readonly tools: TurnTools;

  constructor() {
    const emit = (output: CallOutput): void => void this.outputs.push(output);
    this.tools = new TurnTools({
      toolbox: toolboxFor(emit),
      emit,
      note: (fault) => void this.faults.push(fault),
      onAnswered: (at) => void this.answeredAt.push(at),
    });
  }

  start(names: readonly string[], isSilent = false): ToolRound {
    const calls = names.map((name, i): ToolCall => ({
      id: `${name}-${i}`,
      name,
      argumentsJson: argumentsOf(name),
    }));
    return this.tools.start(calls, isSilent, this.now);
  }

  /** Lets time go by, with all that falls due. */
  run(ms: number): this {
    const until = this.now + ms;
    for (let i = 0; i < 20; i++) {
      const next = firstOf(this.tools.deadlines(this.now));
      if (next === undefined || next.at > until) break;
      this.now = next.at;
      firstOf(this.tools.deadlines(this.now))?.run();
    }
    this.now = until;
    return this;
  }

  get aborted(): string[] {
    return this.outputs.flatMap((each) => (each.kind === 'tool-abort' ? each.toolCallId : []));
  }

  get answers(): string[] {
    return this.tools.answers.map(({ result }) => result);
  }
}

const argumentsOf = (name: string): string => (name === 'note' ? '{"text":"a note"}' : '{}');

describe('a round of tools', () => {
  it('is complete when the last one has answered', () => {
    const rig = new Rig();
    expect(rig.start(['look_up', 'book'])).toEqual({ isAnswerNeeded: true });
    expect(rig.outputs.map(({ kind }) => kind)).toEqual(['tool-call', 'tool-call']);
    expect(rig.tools.take('book-1', 'booked', 300)).toBe(true);
    expect([rig.tools.isWaiting, rig.answeredAt]).toEqual([true, []]);
    rig.tools.take('look_up-0', 'found', 500);
    expect([rig.tools.isWaiting, rig.answeredAt]).toEqual([false, [500]]);
    expect(rig.tools.toRecords()).toMatchObject([
      { name: 'look_up', result: 'found', tookMs: 500 },
      { name: 'book', result: 'booked', tookMs: 300 },
    ]);
  });

  it('takes an answer once, and none that is somebody else’s', () => {
    const rig = new Rig();
    rig.start(['look_up']);
    expect(rig.tools.take('other', 'x', 10)).toBe(false);
    expect(rig.tools.take('look_up-0', 'found', 10)).toBe(true);
    expect(rig.tools.take('look_up-0', 'again', 20)).toBe(false);
    expect(rig.answers).toEqual(['found']);
  });

  it.each([
    ['what was said with them is enough', ['note'], false, false],
    ['nothing was said with them', ['note'], true, true],
    ['one of them is asked of somebody else', ['note', 'look_up'], false, true],
    ['the model made a mistake', ['nothing'], false, true],
  ])('wants an answer of the model or not: %s', (_, names, isSilent, isNeeded) => {
    expect(new Rig().start(names, isSilent).isAnswerNeeded).toBe(isNeeded);
  });

  it('may end the call, or connect the caller', () => {
    expect(new Rig().start(['end_call']).endReason).toBe('agent-hangup');
    expect(new Rig().start(['transfer']).transfer).toMatchObject({ target: '200', manner: 'cold' });
  });

  it('notes what the model got wrong', () => {
    const rig = new Rig();
    rig.start(['nothing']);
    expect(rig.faults.map(({ code }) => code)).toEqual(['TOOL_UNKNOWN']);
    expect(rig.answers[0]).toMatch(/^error/u);
  });
});

describe('a tool that is late', () => {
  it('is given up after its own time, and the model told so', () => {
    const rig = new Rig();
    rig.start(['look_up']);
    rig.run(4999);
    expect(rig.aborted).toEqual([]);
    rig.run(1);
    expect([rig.aborted, rig.answeredAt]).toEqual([['look_up-0'], [5000]]);
    expect([rig.answers[0], rig.faults[0]?.code]).toEqual([
      'error: the tool did not answer in time',
      'TOOL_TIMEOUT',
    ]);
    expect(rig.tools.take('look_up-0', 'found', 6000)).toBe(false);
  });
});

describe('an utterance that is cut', () => {
  it('gives up what may be given up; the rest runs on and its answer is kept', () => {
    const rig = new Rig();
    rig.start(['look_up', 'book']);
    rig.tools.cut(100);
    expect([rig.aborted, rig.tools.isWaiting]).toEqual([['look_up-0'], true]);
    rig.run(60_000);
    expect([rig.aborted, rig.faults]).toEqual([['look_up-0'], []]);
    expect(rig.tools.take('book-1', 'booked', 70_000)).toBe(true);
    expect(rig.answeredAt).toEqual([]);
    expect(rig.answers).toEqual(['given up: the caller interrupted', 'booked']);
  });
});

it('answers each call exactly once, and is complete exactly once, in whatever order', () => {
  const names = fc.array(fc.constantFrom('look_up', 'book', 'note', 'nothing'), {
    minLength: 1,
    maxLength: 6,
  });
  fc.assert(
    fc.property(
      names,
      fc.array(fc.tuple(fc.nat({ max: 7 }), fc.nat({ max: 3000 }))),
      (all, results) => {
        const rig = new Rig();
        rig.start(all);
        const external = rig.outputs.filter(({ kind }) => kind === 'tool-call').length;
        for (const [index, ms] of results) {
          rig.run(ms);
          rig.tools.take(`${all[index] ?? 'look_up'}-${index}`, 'found', rig.now);
        }
        rig.run(10_000);
        expect(rig.tools.isWaiting).toBe(false);
        expect(rig.answers).toHaveLength(all.length);
        expect(rig.answeredAt).toHaveLength(external > 0 ? 1 : 0);
        expect(rig.tools.deadlines(rig.now)).toEqual([]);
      },
    ),
  );
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CallOutput } from '../contract.ts';
import type { ToolOptions, TransferTarget } from '../settings.ts';
import { BUILTIN_TOOLS, Toolbox, type ToolEffect } from './toolbox.ts';

const BUILTINS: readonly ToolOptions[] = BUILTIN_TOOLS.map((name) => ({
  name,
  isBuiltin: true,
  isSafeToAbort: true,
  timeoutMs: 1000,
}));
const LOOK_UP: ToolOptions = {
  name: 'look_up',
  isBuiltin: false,
  isSafeToAbort: false,
  timeoutMs: 5000,
};
const DESK: TransferTarget = { name: 'front desk', target: '200', manner: 'cold' };
const NURSE: TransferTarget = { name: 'nurse', target: '201', manner: 'warm' };

class Rig {
  readonly outputs: CallOutput[] = [];
  readonly notes: string[] = [];
  readonly expected: number[] = [];
  readonly toolbox: Toolbox;

  constructor(tools: readonly ToolOptions[] = [...BUILTINS, LOOK_UP], targets = [DESK, NURSE]) {
    this.toolbox = new Toolbox({
      tools,
      targets,
      emit: (output) => void this.outputs.push(output),
      note: (text) => void this.notes.push(text),
      expectDigits: (count) => void this.expected.push(count),
      switchLanguage: (language) => language === 'ms',
    });
  }

  start(name: string, args: unknown = {}): ToolEffect {
    const argumentsJson = typeof args === 'string' ? args : JSON.stringify(args);
    return this.toolbox.start({ id: 'a', name, argumentsJson }, 0);
  }
}

/** What the model is told of its mistake, and that it has to say something about it. */
const mistake = (text: string): object => ({
  kind: 'done',
  isAnswerNeeded: true,
  result: expect.stringContaining(`error: ${text}`),
});

describe('a tool of the telephone', () => {
  it.each([
    ['end_call', { kind: 'end-call', reason: 'agent-hangup', isAnswerNeeded: false }],
    ['leave_voicemail', { kind: 'end-call', reason: 'machine', isAnswerNeeded: false }],
  ])('%s ends the call', (name, effect) => {
    expect(new Rig().start(name)).toMatchObject(effect);
  });

  it('connects to the target that has the name, or to the only one there is', () => {
    const effect = { kind: 'transfer', target: '201', manner: 'warm', isAnswerNeeded: false };
    expect(new Rig().start('transfer', { target: 'nurse' })).toMatchObject(effect);
    expect(new Rig(BUILTINS, [NURSE]).start('transfer')).toMatchObject(effect);
  });

  it.each([
    [{ target: 'boss' }, [DESK, NURSE]],
    [{}, [DESK, NURSE]],
    [{ target: 'boss' }, [NURSE]],
    [{}, []],
  ])('connects to nobody else: %j', (args, targets) => {
    const effect = new Rig(BUILTINS, targets).start('transfer', args);
    expect(effect).toMatchObject(mistake('there is no target'));
    expect(effect.kind === 'done' ? effect.result : '').toContain(
      targets.map(({ name }) => name).join(', '),
    );
  });

  it.each(['1', '0123456789*#ABCDw', '1'.repeat(64)])('sends the digits %s', (digits) => {
    const rig = new Rig();
    expect(rig.start('send_digits', { digits })).toMatchObject({ isAnswerNeeded: false });
    expect(rig.outputs).toEqual([{ kind: 'send-dtmf', digits }]);
  });

  it.each(['', 'E', '1 2', '+60', 'a', '1'.repeat(65)])('sends no such digits: %j', (digits) => {
    const rig = new Rig();
    expect(rig.start('send_digits', { digits })).toMatchObject(mistake('digits are'));
    expect(rig.outputs).toEqual([]);
  });

  it.each([
    [{}, 0],
    [{ count: 4 }, 4],
    [{ count: '6' }, 6],
    [{ count: 32 }, 32],
  ])('waits for digits: %j', (args, count) => {
    const rig = new Rig();
    expect(rig.start('collect_digits', args)).toMatchObject({ isAnswerNeeded: false });
    expect(rig.expected).toEqual([count]);
  });

  it.each([-1, 33, 1.5, 'many', {}])('waits for no such count: %j', (count) => {
    const rig = new Rig();
    expect(rig.start('collect_digits', { count })).toMatchObject(mistake('count is'));
    expect(rig.expected).toEqual([]);
  });

  it('notes what it is told, up to a thousand characters, and not nothing', () => {
    const rig = new Rig();
    rig.start('note', { text: ' allergic to nuts ' });
    rig.start('note', { text: 'x'.repeat(5000) });
    expect(rig.start('note', { text: ' ' })).toMatchObject(mistake('text is missing'));
    expect(rig.notes).toEqual(['allergic to nuts', 'x'.repeat(1000)]);
  });

  it('notes when to call back, and why', () => {
    const rig = new Rig();
    rig.start('schedule_callback', { at: 'Monday at nine', reason: 'blood test' });
    rig.start('schedule_callback', { at: 'tomorrow' });
    expect(rig.start('schedule_callback', { reason: 'x' })).toMatchObject(mistake('at is missing'));
    expect(rig.notes).toEqual(['call back: Monday at nine, blood test', 'call back: tomorrow']);
  });

  it('changes the language to one that is spoken here', () => {
    expect(new Rig().start('set_language', { language: 'ms' })).toMatchObject({
      kind: 'done',
      isAnswerNeeded: false,
    });
    expect(new Rig().start('set_language', { language: 'fr' })).toMatchObject(mistake('fr is not'));
  });
});

describe('any other tool', () => {
  it('is asked of the shell', () => {
    expect(new Rig().start('look_up', { a: 1 })).toEqual({ kind: 'external' });
  });

  it('is the operator’s own where it has the name of one of ours', () => {
    const own: ToolOptions = { ...LOOK_UP, name: 'transfer' };
    expect(new Rig([own]).start('transfer', {})).toEqual({ kind: 'external' });
  });

  it('is a fault that the model hears of, where there is none', () => {
    const effect = new Rig([LOOK_UP]).start('end_call');
    expect(effect).toMatchObject({
      ...mistake('there is no tool'),
      fault: { code: 'TOOL_UNKNOWN' },
    });
    const long = new Rig().start('x'.repeat(5000));
    expect(JSON.stringify(long).length).toBeLessThan(400);
  });

  it('is a fault that the model hears of, where its arguments are no object', () => {
    const effect = new Rig().start('look_up', '{"a":');
    expect(effect).toMatchObject({
      ...mistake('the arguments'),
      fault: { code: 'TOOL_ARGUMENTS' },
    });
  });

  it('may be given up unless the operator says otherwise, and has its own time', () => {
    const { toolbox } = new Rig();
    expect([toolbox.isSafeToAbort('look_up'), toolbox.timeoutMs('look_up')]).toEqual([false, 5000]);
    expect([toolbox.isSafeToAbort('nothing'), toolbox.timeoutMs('nothing')]).toEqual([true, 0]);
  });
});

it('answers, and does no more than that, whatever the model writes', () => {
  const args = fc.oneof(
    fc.json(),
    fc.string(),
    fc
      .record(
        {
          target: fc.jsonValue(),
          digits: fc.jsonValue(),
          count: fc.jsonValue(),
          text: fc.jsonValue(),
          at: fc.jsonValue(),
          reason: fc.jsonValue(),
          language: fc.jsonValue(),
        },
        { requiredKeys: [] },
      )
      .map((value) => JSON.stringify(value)),
  );
  const names = fc.oneof(fc.constantFrom(...BUILTIN_TOOLS, 'look_up'), fc.string());
  fc.assert(
    fc.property(names, args, (name, json) => {
      const rig = new Rig();
      const effect = rig.start(name, json);
      if (effect.kind !== 'external') expect(effect.result.length).toBeGreaterThan(0);
      for (const note of rig.notes) expect(note.length).toBeLessThanOrEqual(1000);
      for (const count of rig.expected) expect(count).toBeLessThanOrEqual(32);
      for (const each of rig.outputs) {
        expect(each.kind === 'send-dtmf' && /^[0-9*#ABCDw]{1,64}$/u.test(each.digits)).toBe(true);
      }
    }),
  );
});

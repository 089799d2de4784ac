import { expect, it } from 'vitest';
import type { CallOutput, Message, ToolCall } from '../contract.ts';
import { firstOf } from '../deadline.ts';
import { RIG_SETTINGS } from '../speaking/turn-rig.ts';
import { Thought, type ThoughtParts } from './thought.ts';
import { toolboxFor } from './toolbox.test-support.ts';

const USER: Message = { role: 'user', content: 'hi' };

class Rig {
  readonly outputs: CallOutput[] = [];
  /** What the voice was told, in order. */
  readonly told: string[] = [];
  readonly thought: Thought;
  #text = '';
  #requests = 0;

  constructor(options: Partial<Pick<ThoughtParts, 'isHeld' | 'hasGate'>> = {}) {
    const emit = (output: CallOutput): void => void this.outputs.push(output);
    this.thought = new Thought({
      settings: RIG_SETTINGS,
      emit,
      nextRequestId: () => this.#requests++,
      toolbox: toolboxFor(emit),
      hasGate: false,
      isHeld: false,
      ...options,
      voice: this.#voice(),
    });
    this.thought.ask([USER], 0);
  }

  writes(text: string, now = 0): this {
    this.thought.handleLlm({ kind: 'llm-text', requestId: this.#requests - 1, text }, now);
    return this;
  }

  calls(name: string, args: object = {}, now = 0): this {
    const requestId = this.#requests - 1;
    const call: ToolCall = { id: `${name}-0`, name, argumentsJson: JSON.stringify(args) };
    this.thought.handleLlm({ kind: 'llm-tool-call', requestId, call }, now);
    this.thought.handleLlm({ kind: 'llm-done', requestId }, now);
    return this;
  }

  fails(now = 0): this {
    const requestId = this.#requests - 1;
    const fault = { code: 'LLM_AUTH', message: 'scripted' } as const;
    this.thought.handleLlm({ kind: 'llm-error', requestId, fault }, now);
    return this;
  }

  get requests(): readonly (readonly Message[])[] {
    return this.outputs.flatMap((each) => (each.kind === 'llm-request' ? [each.messages] : []));
  }

  get toolCalls(): readonly string[] {
    return this.outputs.flatMap((each) => (each.kind === 'tool-call' ? [each.call.name] : []));
  }

  #voice(): ThoughtParts['voice'] {
    const tell = (what: string) => (): void => void this.told.push(what);
    const text = (): string => this.#text;
    return {
      get text() {
        return text();
      },
      noteRequest: () => undefined,
      noteFirstToken: () => undefined,
      write: (piece) => {
        this.#text += piece;
        this.told.push(piece);
      },
      rest: tell('rest'),
      beginAnew: tell('anew'),
      takeBackWord: () => '',
      complete: tell('complete'),
      conclude: ({ endReason, transfer }) =>
        void this.told.push(`conclude: ${endReason ?? transfer?.target ?? ''}`),
      note: ({ code }) => void this.told.push(`note: ${code}`),
      fail: ({ code }) => void this.told.push(`fail: ${code}`),
    };
  }
}

it('goes on behind its tools, with what was said and what they answered', () => {
  const rig = new Rig().writes('Let me see. ').calls('look_up');
  expect([rig.told, rig.toolCalls]).toEqual([['Let me see. ', 'rest'], ['look_up']]);
  expect(rig.thought.isOver).toBe(false);
  rig.thought.takeToolResult('look_up-0', 'nine', 100);
  expect(rig.told.at(-1)).toBe('anew');
  const [, assistant, tool] = rig.requests.at(-1) ?? [];
  expect(assistant).toMatchObject({ role: 'assistant', content: 'Let me see.' });
  expect(tool).toMatchObject({ role: 'tool', content: 'nine' });
});

it('concludes the call in place of going on', () => {
  const rig = new Rig().writes('Bye. ').calls('end_call');
  expect(rig.told).toEqual(['Bye. ', 'rest', 'conclude: agent-hangup']);
  expect(rig.requests).toHaveLength(1);
});

it('calls tools, and owns up to a failure, only when its time has come', () => {
  const calling = new Rig({ isHeld: true }).calls('look_up');
  expect([calling.toolCalls, calling.thought.isOver]).toEqual([[], false]);
  calling.thought.release(50);
  expect(calling.toolCalls).toEqual(['look_up']);

  const failing = new Rig({ isHeld: true }).fails();
  expect(failing.told).not.toContain('fail: LLM_AUTH');
  failing.thought.release(50);
  expect(failing.told.at(-1)).toBe('fail: LLM_AUTH');
});

it('forgets what waits when it is ended', () => {
  const rig = new Rig({ isHeld: true }).calls('look_up');
  rig.thought.end();
  rig.thought.release(50);
  expect([rig.toolCalls, rig.thought.isOver]).toEqual([[], true]);
});

it('says nothing where the model finds that the caller has not finished', () => {
  const rig = new Rig({ isHeld: true, hasGate: true }).writes('○ Yes, we');
  expect([rig.told, rig.thought.gateVerdict]).toEqual([[], 'cut-off']);
});

it('fails where the model calls one tool after the other', () => {
  const rig = new Rig();
  for (let i = 0; i <= RIG_SETTINGS.limits.toolStepsMax; i++) {
    rig.calls('look_up');
    rig.thought.takeToolResult('look_up-0', 'nine', 0);
  }
  expect(rig.told.slice(-2)).toEqual(['note: TOOL_STEPS_MANY', 'fail: TOOL_STEPS_MANY']);
  expect(rig.requests).toHaveLength(1 + RIG_SETTINGS.limits.toolStepsMax);
});

it('lets the model be late for so long, and has it paid for', () => {
  const rig = new Rig();
  const due = firstOf(rig.thought.deadlines(0));
  expect(due?.at).toBe(RIG_SETTINGS.timings.llmFirstTokenMsMax);
  rig.thought.cut(100);
  expect(rig.thought.deadlines(100)).toEqual([]);
  expect(rig.thought.spendings).toHaveLength(1);
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHAR_MS, PHRASES, TurnRig } from './turn-rig.ts';

describe('an answer of the model', () => {
  it('is written, voiced, heard, and then over', () => {
    const rig = new TurnRig();
    const turn = rig.asked();
    rig.writes(turn, 'We are open. ').writes(turn, 'From nine.').done(turn);
    expect([turn.isAudible, turn.isOver]).toEqual([false, false]);
    rig.voices(turn);
    expect([turn.isAudible, turn.isOver, turn.heard]).toEqual([true, false, '']);
    rig.plays(turn);
    expect([turn.isOver, turn.isSettled, turn.heard]).toEqual([
      true,
      true,
      'We are open. From nine.',
    ]);
    expect(turn.deadlines(rig.now)).toEqual([]);
  });

  it('is heard to the word when it is cut, and asks nobody for more', () => {
    const rig = new TurnRig();
    const turn = rig.asked();
    rig
      .writes(turn, 'We are open from nine to six. ')
      .voices(turn)
      .plays(turn, 11 * CHAR_MS);
    turn.cut(true, rig.now);
    const ends = rig.outputs
      .map(({ kind }) => kind)
      .filter((kind) => /abort|close|clear/u.test(kind));
    expect(ends).toEqual(['llm-abort', 'tts-close', 'send-clear']);
    rig.writes(turn, 'And so on. ').voices(turn);
    expect([turn.heard, turn.text.trim()]).toEqual([
      'We are open',
      'We are open from nine to six.',
    ]);
    expect(turn.toRecord()).toMatchObject({ interrupted: true, heard: 'We are open' });
    // Twice is once.
    turn.cut(true, rig.now);
    expect(rig.sent('send-clear')).toHaveLength(1);
  });

  it('is nobody else’s: late words of another request say nothing', () => {
    const rig = new TurnRig();
    const turn = rig.asked();
    turn.handleLlm({ kind: 'llm-text', requestId: 99, text: 'Nonsense. ' }, 0);
    expect(turn.text).toBe('');
  });

  it('is ended at the limit, with a fault, and what there is of it is said', () => {
    const rig = new TurnRig();
    const turn = rig.asked();
    for (let i = 0; i < 60; i++) rig.writes(turn, 'and so on and on, ');
    // The limit, and the clause that was being written.
    expect(turn.text.length).toBeLessThanOrEqual(640);
    expect(turn.errors.map(({ code }) => code)).toEqual(['LLM_TOO_LONG']);
    rig.voices(turn).plays(turn);
    expect(turn.isOver).toBe(true);
  });

  it('has a number when it has been part of the conversation, and keeps it', () => {
    const rig = new TurnRig();
    const wasted = rig.asked();
    const turn = rig.asked();
    expect(wasted.toRecord().index).toBe(-1);
    turn.count(rig.now);
    turn.count(rig.now);
    expect(turn.toRecord().index).toBe(0);
  });
});

describe('an answer that is made ahead of its time', () => {
  it('is not heard and calls no tool before its time', () => {
    const rig = new TurnRig();
    const turn = rig.asked({ isHeld: true });
    rig.writes(turn, 'Let me see. ').calls(turn, 'look_up').voices(turn);
    expect([rig.sent('send-media'), rig.sent('tool-call')]).toEqual([[], []]);
    expect([turn.isAudible, turn.isOver]).toEqual([false, false]);
    turn.release(rig.now);
    expect(rig.sent('send-media').length).toBeGreaterThan(0);
    expect(rig.sent('tool-call')).toHaveLength(1);
    turn.release(rig.now);
    expect(rig.sent('tool-call')).toHaveLength(1);
    expect(turn.toRecord().isSpeculative).toBe(true);
  });

  it('tells of its failure when it is wanted, and not before', () => {
    const rig = new TurnRig();
    const turn = rig.asked({ isHeld: true });
    rig.modelFails(turn, 'LLM_AUTH');
    expect(rig.failed).toEqual([]);
    turn.release(rig.now);
    expect(rig.failed.map(({ code }) => code)).toEqual(['LLM_AUTH']);
  });

  it('waits again when the caller goes on', () => {
    const rig = new TurnRig();
    const turn = rig.asked({ isHeld: true });
    turn.release(rig.now);
    turn.hold();
    rig.writes(turn, 'We are open. ').done(turn).voices(turn);
    expect(turn.isAudible).toBe(false);
    turn.release(rig.now);
    expect(turn.isAudible).toBe(true);
  });

  it('obeys the verdict of the model where it is asked for one', () => {
    const rig = new TurnRig();
    const turn = rig.asked({ isHeld: true, hasGate: true });
    rig.writes(turn, '○ ');
    rig.writes(turn, 'nothing of this is said. ');
    expect([turn.gateVerdict, turn.text]).toEqual(['cut-off', '']);
  });
});

describe('a breath that is held', () => {
  it('is counted when it was for nothing, and lets nothing fall due meanwhile', () => {
    const rig = new TurnRig();
    const turn = rig.asked();
    rig.writes(turn, 'We are open from nine. ').voices(turn);
    turn.pause(rig.now);
    expect(turn.isPaused).toBe(true);
    const endsAt = turn.endsAt;
    rig.run(turn, 700);
    turn.resume(rig.now);
    expect([turn.isPaused, turn.endsAt - endsAt, turn.toRecord().falseAlarms]).toEqual([
      false,
      700,
      1,
    ]);
    turn.resume(rig.now);
    expect(turn.toRecord().falseAlarms).toBe(1);
    expect(rig.outputs.map(({ kind }) => kind).filter((kind) => kind.endsWith('pause'))).toEqual([
      'send-pause',
      'send-unpause',
    ]);
  });

  it('keeps a turn from being over', () => {
    const rig = new TurnRig();
    const turn = rig.asked();
    rig.writes(turn, 'Yes.').done(turn).voices(turn);
    turn.pause(rig.now);
    rig.plays(turn);
    expect(turn.isOver).toBe(false);
    turn.resume(rig.now);
    expect(turn.isOver).toBe(true);
  });
});

describe('tools', () => {
  it('are told to the model with what was said before them, and it goes on', () => {
    const rig = new TurnRig();
    const turn = rig.asked();
    rig.writes(turn, 'Let me see. ').calls(turn, 'look_up');
    expect(turn.isWaitingForTools).toBe(true);
    expect(turn.takeToolResult('look_up-0', 'found', 100)).toBe(true);
    const [, second] = rig.sent('llm-request');
    expect(second?.messages.slice(1)).toEqual([
      {
        role: 'assistant',
        content: 'Let me see.',
        toolCalls: [expect.objectContaining({ name: 'look_up' })],
      },
      { role: 'tool', toolCallId: 'look_up-0', content: 'found' },
    ]);
    rig.writes(turn, 'It is there.').done(turn).voices(turn).plays(turn);
    expect(turn.heard).toBe('Let me see. It is there.');
    expect([turn.isOver, turn.toRecord().tools]).toMatchObject([
      true,
      [{ result: 'found', tookMs: 100 }],
    ]);
  });

  it('are no endless round', () => {
    const rig = new TurnRig();
    const turn = rig.asked();
    for (let step = 0; step < 10 && rig.failed.length === 0; step++) {
      rig.calls(turn, 'look_up');
      turn.takeToolResult('look_up-0', 'again', 0);
    }
    expect(rig.failed.map(({ code }) => code)).toEqual(['TOOL_STEPS_MANY']);
    expect(rig.sent('llm-request').length).toBeLessThanOrEqual(3);
  });

  it.each([
    ['end_call', 'Thank you. ', 'Thank you.'],
    ['end_call', '', PHRASES.goodbye],
    ['transfer', '', PHRASES.fillers[0]],
  ])('such as %s are done when %j has been heard', (name, text, heard) => {
    const rig = new TurnRig();
    const turn = rig.asked();
    if (text !== '') rig.writes(turn, text);
    rig.calls(turn, name);
    expect(turn.endReason !== undefined || turn.transfer !== undefined).toBe(true);
    expect(turn.isOver).toBe(false);
    rig.voices(turn).plays(turn);
    expect([turn.isOver, turn.heard]).toEqual([true, heard]);
  });
});

describe('a voice that fails', () => {
  it('goes on another way, and is no end of the answer', () => {
    const rig = new TurnRig();
    const turn = rig.asked();
    rig.writes(turn, 'We are open. ');
    const route = { transport: 'socket', voice: 0 } as const;
    const fault = { code: 'TTS_UNAVAILABLE', message: 'scripted' } as const;
    turn.handleTts({ kind: 'tts-error', route, fault }, 0);
    expect(rig.spoken).toEqual(['We are open. ', 'We are open. ']);
    expect([turn.isMute, rig.muted, turn.errors.length]).toEqual([false, 0, 1]);
  });

  it('is told once, when there is no way left', () => {
    const rig = new TurnRig();
    const turn = rig.asked();
    rig.writes(turn, 'We are open. ');
    const fault = { code: 'TTS_AUTH', message: 'scripted' } as const;
    for (const transport of ['socket', 'http'] as const) {
      turn.handleTts({ kind: 'tts-error', route: { transport, voice: 0 }, fault }, 0);
    }
    rig.writes(turn, 'From nine. ');
    expect([turn.isMute, rig.muted]).toEqual([true, 1]);
    turn.endQuietly();
    expect([turn.isOver, turn.text]).toEqual([true, '']);
  });

  it('is the end of an utterance that was held back with tools to call', () => {
    const rig = new TurnRig();
    const turn = rig.asked({ isHeld: true });
    rig.writes(turn, 'Let me see. ').calls(turn, 'look_up');
    const fault = { code: 'TTS_AUTH', message: 'scripted' } as const;
    for (const transport of ['socket', 'http'] as const) {
      turn.handleTts({ kind: 'tts-error', route: { transport, voice: 0 }, fault }, 0);
    }
    turn.release(0);
    expect([rig.muted, rig.sent('tool-call')]).toEqual([1, []]);
    turn.endQuietly();
    expect(turn.isOver).toBe(true);
  });

  it('is no fault of this utterance where it was idle', () => {
    const rig = new TurnRig();
    const turn = rig.asked();
    const fault = { code: 'TTS_UNAVAILABLE', message: 'scripted' } as const;
    turn.handleTts({ kind: 'tts-error', route: { transport: 'socket', voice: 0 }, fault }, 0);
    expect(turn.errors).toEqual([]);
    expect(rig.sent('log')).toMatchObject([{ level: 'warn', code: 'TTS_UNAVAILABLE' }]);
  });
});

it('is given up when its marks stay away, and is over', () => {
  const rig = new TurnRig();
  const turn = rig.asked();
  rig.writes(turn, 'We are open.').done(turn).voices(turn);
  rig.run(turn, 20_000);
  expect([turn.isOver, turn.errors.map(({ code }) => code)]).toEqual([true, ['MARKS_MISSING']]);
});

it('is heard as a beginning of what it says, and comes to an end, whatever happens to it', () => {
  const step = fc.constantFrom(
    'write',
    'write more',
    'tool',
    'result',
    'done',
    'fail',
    'voice',
    'play',
    'pause',
    'resume',
    'wait',
    'hold',
    'cut',
  );
  fc.assert(
    fc.property(fc.boolean(), fc.array(step, { maxLength: 25 }), (isHeld, steps) => {
      const rig = new TurnRig().clip(...PHRASES.openers, ...PHRASES.fillers);
      const turn = rig.asked({ isHeld });
      let playedMs = 0;
      const acts: Readonly<
        Record<
          typeof step extends fc.Arbitrary<infer Step extends string> ? Step : never,
          () => void
        >
      > = {
        write: () => void rig.writes(turn, 'We are open, '),
        'write more': () => void rig.writes(turn, 'from nine to six. '),
        tool: () => void rig.calls(turn, 'look_up'),
        result: () => void turn.takeToolResult('look_up-0', 'found', rig.now),
        done: () => void rig.done(turn),
        fail: () => void rig.modelFails(turn, 'LLM_UNAVAILABLE'),
        voice: () => void rig.voices(turn),
        play: () => void rig.plays(turn, (playedMs += 300)),
        pause: () => {
          if (turn.isAudible) turn.pause(rig.now);
        },
        resume: () => turn.resume(rig.now),
        wait: () => void rig.run(turn, 900),
        hold: () => {
          if (!turn.isAudible) turn.hold();
        },
        cut: () => turn.cut(true, rig.now),
      };
      for (const each of steps) {
        acts[each]();
        expect(turn.text.startsWith(turn.heard)).toBe(true);
        expect(rig.sent('send-media').length === 0 || turn.isAudible).toBe(true);
      }
      turn.release(rig.now);
      turn.resume(rig.now);
      if (rig.failed.length > 0) turn.apologise(PHRASES.apology, rig.now);
      for (let i = 0; i < 6 && !turn.isOver; i++) {
        rig.run(turn, 20_000);
        if (rig.failed.length > 0) turn.apologise(PHRASES.apology, rig.now);
        if (rig.muted > 0) turn.endQuietly();
      }
      if (!turn.toRecord().interrupted) expect(turn.isOver).toBe(true);
      expect(turn.text.startsWith(turn.heard)).toBe(true);
    }),
  );
});

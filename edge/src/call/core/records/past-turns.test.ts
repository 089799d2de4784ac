import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AgentTurn } from '../speaking/agent-turn.ts';
import type { TurnRecord } from '../call-record.ts';
import { History } from '../thinking/history.ts';
import { Ledger } from './ledger.ts';
import { PastTurns } from './past-turns.ts';
import { CHAR_MS, TurnRig } from '../speaking/turn-rig.ts';

class Rig extends TurnRig {
  readonly history = new History({ messagesMax: 60, charsMax: 24_000 });
  readonly ledger = new Ledger();
  readonly past = new PastTurns({
    history: this.history,
    journal: this.journal,
    ledger: this.ledger,
  });

  /** An utterance that is over: cut off where so much of it was played, or heard to its end. */
  over(cutAfterMs?: number): AgentTurn {
    const turn = this.asked();
    this.writes(turn, 'We are open from nine. ').voices(turn);
    if (cutAfterMs === undefined) this.done(turn).plays(turn);
    else {
      this.plays(turn, cutAfterMs);
      turn.cut(true, this.now);
    }
    this.past.add(turn, this.now);
    return turn;
  }

  get records(): readonly TurnRecord[] {
    return this.sent('record-turn').map(({ record }) => record);
  }
}

describe('a turn that is over', () => {
  it('is recorded at once when all is known of it', () => {
    const rig = new Rig();
    rig.over();
    rig.past.settle();
    expect(rig.records).toMatchObject([{ index: 0, heard: 'We are open from nine.' }]);
    expect(rig.past.unsettledSince).toBeUndefined();
    rig.past.settle();
    rig.past.close();
    expect(rig.records).toHaveLength(1);
  });

  it('waits to be recorded until it is known what was heard; the model is told what is known so far', () => {
    const rig = new Rig();
    rig.now = 700;
    rig.over(6 * CHAR_MS);
    rig.past.settle();
    expect([rig.records, rig.past.unsettledSince]).toEqual([[], 700]);
    expect(rig.history.messages()).toEqual([{ role: 'assistant', content: 'We are' }]);
    rig.outlet.played(11 * CHAR_MS * 8, 12 * CHAR_MS * 8);
    rig.past.settle();
    expect(rig.records).toMatchObject([{ heard: 'We are open', interrupted: true }]);
    expect(rig.history.messages()).toEqual([{ role: 'assistant', content: 'We are open' }]);
  });

  it('is recorded after a second and a half, whatever has not come', () => {
    const rig = new Rig();
    rig.over(6 * CHAR_MS);
    const [deadline] = rig.past.deadlines();
    expect(deadline?.at).toBe(1500);
    deadline?.run();
    rig.past.settle();
    expect(rig.records).toMatchObject([{ heard: 'We are' }]);
    expect(rig.past.deadlines()).toEqual([]);
  });

  it('is recorded as far as it is known when the call ends', () => {
    const rig = new Rig();
    rig.over(6 * CHAR_MS);
    rig.past.close();
    rig.past.settle();
    expect(rig.records).toMatchObject([{ heard: 'We are' }]);
  });
});

describe('a tool that runs on after its turn', () => {
  it('is known to the model when it has answered, and the turn recorded again', () => {
    const rig = new Rig();
    const turn = rig.asked();
    rig.writes(turn, 'Let me book that. ').calls(turn, 'book').voices(turn).plays(turn, CHAR_MS);
    turn.cut(true, 0);
    rig.past.add(turn, 0);
    rig.outlet.played(8 * CHAR_MS, 0);
    rig.past.settle();
    expect(rig.records).toHaveLength(1);
    expect(rig.records[0]?.tools[0]).not.toHaveProperty('result');
    rig.past.takeToolResult('book-0', 'booked', 900);
    expect(rig.records[1]).toMatchObject({ index: 0, tools: [{ name: 'book', result: 'booked' }] });
    expect(rig.history.messages().at(-1)).toMatchObject({ role: 'tool', content: 'booked' });
    // Its answer counts once.
    rig.past.takeToolResult('book-0', 'again', 950);
    expect(rig.records).toHaveLength(2);
  });

  it('is known to the model also of an answer that was for nothing, which is no part of the record', () => {
    const rig = new Rig();
    const turn = rig.asked();
    rig.calls(turn, 'book');
    turn.cut(false, 0);
    rig.past.addWasted(turn);
    rig.past.takeToolResult('book-0', 'booked', 100);
    expect(rig.records).toEqual([]);
    expect(rig.history.messages().at(-1)).toMatchObject({ role: 'tool', content: 'booked' });
  });

  it('is nobody’s where no turn has called it', () => {
    const rig = new Rig();
    rig.over();
    rig.past.takeToolResult('other', 'x', 0);
    expect(rig.history.messages()).toHaveLength(1);
  });
});

it('each turn is recorded exactly once, however late it becomes known what was heard', () => {
  const turn = fc.record({
    isCut: fc.boolean(),
    isKnown: fc.boolean(),
    settlesAfter: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(turn, { minLength: 1, maxLength: 8 }), (turns) => {
      const rig = new Rig();
      for (const { isCut, isKnown, settlesAfter } of turns) {
        const over = rig.over(isCut ? CHAR_MS : undefined);
        if (isCut && isKnown) over.giveUpMarks();
        if (settlesAfter) rig.past.settle();
      }
      for (const { run } of rig.past.deadlines()) run();
      rig.past.settle();
      rig.past.close();
      const indexes = rig.records.map(({ index }) => index);
      expect(indexes.toSorted((a, b) => a - b)).toEqual(turns.map((_, index) => index));
      expect(rig.past.unsettledSince).toBeUndefined();
    }),
  );
});

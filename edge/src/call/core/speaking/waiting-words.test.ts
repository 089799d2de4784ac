import { describe, expect, it } from 'vitest';
import type { AgentTurn } from './agent-turn.ts';
import { PHRASES, TurnRig } from './turn-rig.ts';

const { openers, fillers } = PHRASES;

/** The caller's last sound was at 0; his turn was closed at 400. */
function waiting(rig: TurnRig): AgentTurn {
  const turn = rig.asked({ speechEndAt: 0 });
  rig.now = 400;
  return turn;
}

describe('an opener', () => {
  it('is said when nothing has begun 600 ms after the caller’s last sound', () => {
    const rig = new TurnRig().clip(...openers);
    const turn = waiting(rig);
    rig.run(turn, 199);
    expect(turn.text).toBe('');
    rig.run(turn, 1);
    expect([turn.text, turn.toRecord().opener]).toEqual(['Okay,', 'Okay,']);
    rig.writes(turn, 'We are open. ').voices(turn).done(turn).plays(turn);
    expect(turn.heard).toBe('Okay, We are open.');
  });

  it('is another one each time', () => {
    const rig = new TurnRig().clip(...openers);
    const texts = [0, 1, 2].map(() => {
      rig.now = 0;
      const turn = waiting(rig);
      rig.run(turn, 500);
      return turn.text;
    });
    expect(texts).toEqual(['Okay,', 'Well,', 'Okay,']);
  });

  it('waits a little for a model that has begun, and for a voice that has been asked', () => {
    const rig = new TurnRig().clip(...openers);
    const turn = waiting(rig);
    rig.run(turn, 150).writes(turn, 'We');
    rig.run(turn, 379);
    expect(turn.toRecord().opener).toBeUndefined();
    rig.writes(turn, ' are open. ');
    rig.run(turn, 299);
    expect(turn.toRecord().opener).toBeUndefined();
    rig.run(turn, 1);
    expect(turn.text).toBe('Okay, We are open. ');
  });

  it.each([
    [
      'where the answer can be heard',
      (rig: TurnRig, turn: AgentTurn) => void rig.writes(turn, 'We are open. ').voices(turn),
    ],
    ['where the answer is cut', (_: TurnRig, turn: AgentTurn) => turn.pause(500)],
  ])('is not said %s', (_, happens) => {
    const rig = new TurnRig().clip(...openers);
    const turn = waiting(rig);
    happens(rig, turn);
    rig.run(turn, 1000);
    expect(turn.toRecord().opener).toBeUndefined();
  });

  it('is not said where none is in the cache, nor by an agent that speaks of its own accord', () => {
    const empty = new TurnRig();
    const turn = waiting(empty);
    empty.run(turn, 1500);
    expect(turn.text).toBe('');
    const rig = new TurnRig().clip(...openers);
    const own = rig.turn({ kind: 'reprompt' });
    own.ask([{ role: 'user', content: 'hi' }], 0);
    rig.run(own, 1500);
    expect(own.text).toBe('');
  });

  it('is not said before the turn is the answer', () => {
    const rig = new TurnRig().clip(...openers);
    const turn = rig.asked({ speechEndAt: 0, isHeld: true });
    rig.run(turn, 2000);
    expect(turn.text).toBe('');
    turn.release(rig.now);
    rig.run(turn, 1);
    expect(turn.text).toBe('Okay,');
  });
});

describe('a filler', () => {
  it('is said when the caller has heard nothing for 2.5 s, in turn, three times at most', () => {
    const rig = new TurnRig().clip(...fillers);
    const turn = waiting(rig);
    const at: number[] = [];
    let before = '';
    for (; rig.now < 20_000; rig.run(turn, 50)) {
      if (turn.text === before) continue;
      before = turn.text;
      at.push(rig.now);
    }
    // The first one sounds for 0.9 s, the second one for 0.7.
    expect(at).toEqual([2500, 5900, 9100]);
    expect(turn.text).toBe([...fillers, fillers[0]].join(' '));
  });

  it('counts from the end of what was heard', () => {
    const rig = new TurnRig().clip(...openers, ...fillers);
    const turn = waiting(rig);
    rig.run(turn, 200);
    expect(turn.text).toBe('Okay,');
    const { endsAt } = turn;
    rig.run(turn, endsAt + 2499 - rig.now);
    expect(turn.text).toBe('Okay,');
    rig.run(turn, 1);
    expect(turn.text).toBe(`Okay, ${fillers[0] ?? ''}`);
  });

  it('bridges a tool', () => {
    const rig = new TurnRig().clip(...fillers);
    const turn = waiting(rig);
    rig.writes(turn, 'Let me see. ').calls(turn, 'look_up').voices(turn);
    rig.run(turn, 4000);
    turn.takeToolResult('look_up-0', 'found', rig.now);
    rig.writes(turn, 'It is there.').done(turn).voices(turn).plays(turn);
    expect(turn.heard).toBe(`Let me see. ${fillers[0] ?? ''} It is there.`);
  });

  it('is voiced where it is not in the cache', () => {
    const rig = new TurnRig();
    const turn = waiting(rig);
    for (; rig.spoken.length === 0 && rig.now < 2500; rig.run(turn, 50));
    expect(rig.spoken).toEqual([fillers[0]]);
    rig.voices(turn);
    expect(turn.isAudible).toBe(true);
  });
});

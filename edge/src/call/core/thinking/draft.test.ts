import { describe, expect, it } from 'vitest';
import type { AgentTurn } from '../speaking/agent-turn.ts';
import { Draft } from './draft.ts';
import { ENDPOINTING_DEFAULTS } from '../hearing/endpointing-options.ts';
import { Endpointing } from '../hearing/endpointing.ts';
import type { SpeculationOptions } from '../settings.ts';
import { Surroundings } from '../hearing/surroundings.ts';
import { TurnRig } from '../speaking/turn-rig.ts';

const OPTIONS: SpeculationOptions = { isOn: true, triesMax: 3, silenceMs: 120 };

/** A caller whose audio began at 0: positions and instants are the same. */
class Rig extends TurnRig {
  readonly endpointing = new Endpointing(ENDPOINTING_DEFAULTS, new Surroundings());
  isReady = true;
  readonly begun: string[] = [];
  readonly wasted: AgentTurn[] = [];
  readonly draft: Draft;
  #run = { startMs: 0, endMs: 0 };

  constructor(options: Partial<SpeculationOptions> = {}, hasGate = false) {
    super();
    this.draft = new Draft({
      options: { ...OPTIONS, ...options },
      endpointing: this.endpointing,
      isReady: () => this.isReady,
      begin: (text) => {
        this.begun.push(text);
        return this.asked({ isHeld: true, hasGate });
      },
      waste: (turn) => void this.wasted.push(turn),
    });
  }

  speaks(untilMs: number): this {
    const startMs = this.now;
    this.#run = { startMs, endMs: untilMs };
    return this.#hear(untilMs, true);
  }

  silentUntil(untilMs: number): this {
    return this.#hear(untilMs, false);
  }

  /** What he said ends `shortMs` before his last sound. */
  understands(text: string, shortMs = 0): this {
    this.endpointing.suppose({ text, startMs: 0, endMs: this.#run.endMs - shortMs }, this.now);
    this.draft.consider(this.now);
    return this;
  }

  #hear(positionMs: number, isSpeaking: boolean): this {
    this.now = positionMs;
    this.endpointing.hear(
      { positionMs, isSpeaking, isStirring: false, run: this.#run },
      positionMs,
    );
    this.draft.consider(positionMs);
    return this;
  }
}

describe('an answer ahead of its time', () => {
  it('is begun when the caller pauses and his words are all there', () => {
    const rig = new Rig().speaks(1000).understands('when do you open');
    expect([rig.begun, rig.draft.considerAt]).toEqual([[], 1120]);
    rig.silentUntil(1119);
    expect(rig.begun).toEqual([]);
    rig.silentUntil(1120);
    expect([rig.begun, rig.draft.considerAt]).toEqual([['when do you open'], undefined]);
    expect(rig.draft.take('When do you open?', 1400)).toBeDefined();
    expect([rig.wasted, rig.draft.turn]).toEqual([[], undefined]);
  });

  it.each([
    ['he has said nothing', '', 0],
    ['he has hardly finished', 'my number is', 0],
    ['a word of his is still to come', 'when do you', 200],
  ])('is not begun where %s', (_, text, shortMs) => {
    const rig = new Rig().speaks(1000);
    if (text !== '') rig.understands(text, shortMs);
    expect(rig.silentUntil(1200).begun).toEqual([]);
  });

  it('is begun after a breath where the text does not reach it', () => {
    const rig = new Rig().speaks(1000).understands('when do you open', 300).silentUntil(1279);
    expect(rig.begun).toEqual([]);
    expect(rig.silentUntil(1280).begun).toHaveLength(1);
  });

  it('is not begun before it is known what he heard of the agent', () => {
    const rig = new Rig();
    rig.isReady = false;
    rig.speaks(1000).understands('when do you open').silentUntil(1200);
    expect(rig.begun).toEqual([]);
    rig.isReady = true;
    expect(rig.silentUntil(1220).begun).toHaveLength(1);
  });

  it('is begun anew when he goes on, and the first one is wasted', () => {
    const rig = new Rig().speaks(1000).understands('when do you open').silentUntil(1200);
    rig.speaks(1800).understands('when do you open on Sunday').silentUntil(2000);
    expect(rig.begun).toEqual(['when do you open', 'when do you open on Sunday']);
    expect(rig.wasted).toHaveLength(1);
  });

  it('is kept when recognition writes the same words otherwise', () => {
    const rig = new Rig().speaks(1000).understands('when do you open').silentUntil(1200);
    rig.understands('When do you open?').silentUntil(1300);
    expect([rig.begun.length, rig.wasted.length]).toEqual([1, 0]);
  });

  it('is tried so many times for one turn, and anew for the next', () => {
    const rig = new Rig({ triesMax: 2 });
    const say = (text: string): Rig =>
      rig
        .speaks(rig.now + 500)
        .understands(text)
        .silentUntil(rig.now + 200);
    say('one apple');
    say('one apple two pears');
    say('one apple two pears and three figs');
    expect([rig.begun.length, rig.draft.considerAt]).toEqual([2, undefined]);
    expect(rig.draft.take('one apple two pears and three figs', rig.now)).toBeUndefined();
    expect(rig.wasted).toHaveLength(2);
    rig.endpointing.take(rig.now);
    say('good morning');
    expect(rig.begun).toHaveLength(3);
  });

  it('is never begun where that is switched off', () => {
    const rig = new Rig({ isOn: false })
      .speaks(1000)
      .understands('when do you open')
      .silentUntil(3000);
    expect([rig.begun, rig.draft.considerAt]).toEqual([[], undefined]);
  });
});

describe('when the turn has closed', () => {
  const drafted = (hasGate = false): Rig =>
    new Rig({}, hasGate).speaks(1000).understands('when do you open').silentUntil(1200);

  it('with other words, the answer is wasted', () => {
    const rig = drafted();
    expect(rig.draft.take('when do you close', 1600)).toBeUndefined();
    expect([rig.wasted.length, rig.draft.turn]).toEqual([1, undefined]);
  });

  it('the answer is wasted where the model thinks that he has not finished', () => {
    const rig = drafted(true);
    const { turn } = rig.draft;
    if (turn !== undefined) rig.writes(turn, '○');
    expect(turn?.gateVerdict).toBe('cut-off');
    expect(rig.draft.take('when do you open', 3000)).toBeUndefined();
    expect(rig.wasted).toEqual([turn]);
  });

  it('and he goes on all the same, the answer waits once more', () => {
    const rig = drafted();
    const turn = rig.draft.take('when do you open', 1600);
    if (turn === undefined) throw new Error('there is no answer');
    rig.draft.putBack(turn, 'when do you open', 1650);
    expect([rig.draft.turn, rig.draft.text]).toEqual([turn, 'when do you open']);
    expect(rig.draft.take('when do you open', 2000)).toBe(turn);
    expect(rig.wasted).toEqual([]);
  });
});

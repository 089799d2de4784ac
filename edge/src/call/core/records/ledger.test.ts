import { describe, expect, it } from 'vitest';
import type { AgentTurn } from '../speaking/agent-turn.ts';
import { Ledger } from './ledger.ts';
import { TurnRig } from '../speaking/turn-rig.ts';

/** An answer that has cost this and is over. */
function spent(rig: TurnRig, requestId: number, isHeld: boolean, costMicros?: number): AgentTurn {
  const turn = rig.asked({ isHeld });
  const usage = {
    promptTokens: 100,
    completionTokens: 10,
    ...(costMicros === undefined ? {} : { costMicros }),
  };
  rig.writes(turn, 'Yes. ');
  turn.handleLlm({ kind: 'llm-usage', requestId, usage }, 0);
  rig.done(turn);
  return turn;
}

describe('what a call has asked of the providers', () => {
  it('is nothing at first, and whole seconds of recognition', () => {
    expect(new Ledger().toConsumption(12.6)).toEqual({
      sttSeconds: 13,
      ttsCharacters: 0,
      llm: [],
      wasted: { ttsCharacters: 0, promptTokens: 0, completionTokens: 0 },
    });
  });

  it('is summed up by model, with the cost where anybody tells it', () => {
    const rig = new TurnRig();
    const ledger = new Ledger();
    ledger.settle(spent(rig, 0, false, 7));
    ledger.settle(spent(rig, 1, false));
    expect(ledger.toConsumption(0)).toMatchObject({
      ttsCharacters: 10,
      llm: [{ model: 'quick', promptTokens: 200, completionTokens: 20, costMicros: 7 }],
      wasted: { ttsCharacters: 0, promptTokens: 0 },
    });
  });

  it('is wasted where it was made ahead of its time and never heard; that is part of the whole', () => {
    const rig = new TurnRig();
    const ledger = new Ledger();
    ledger.settle(spent(rig, 0, true));
    const wanted = spent(rig, 1, true);
    wanted.release(0);
    ledger.settle(wanted);
    expect(ledger.toConsumption(0)).toMatchObject({
      ttsCharacters: 10,
      llm: [{ promptTokens: 200, completionTokens: 20 }],
      wasted: { ttsCharacters: 5, promptTokens: 100, completionTokens: 10 },
    });
  });
});

import { describe, expect, it } from 'vitest';
import { TurnGate } from './turn-gate.ts';

describe("the model's mark before its answer", () => {
  it.each([
    ['complete', ['✓', ' Yes.'], ' Yes.'],
    ['complete', [' ', '✓ Yes.', ' We are.'], 'Yes. We are.'],
    ['cut-off', ['○'], ''],
    ['thinking', ['◐', ''], ''],
    [undefined, ['Yes', ' ✓'], 'Yes ✓'],
    [undefined, [' '], ''],
  ])('%s: %j', (verdict, tokens, expected) => {
    const gate = new TurnGate();
    expect(tokens.map((token) => gate.filter(token)).join('')).toBe(expected);
    expect(gate.verdict).toBe(verdict);
  });
});

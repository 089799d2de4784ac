import { describe, expect, it } from 'vitest';
import {
  Circuit,
  CIRCUIT_TRANSITIONS,
  type CircuitOptions,
  type CircuitState,
  type Outcome,
} from './circuit.ts';

const OPTIONS: CircuitOptions = {
  failuresMax: 3,
  windowMs: 60_000,
  openMs: 15_000,
  openMsMax: 60_000,
  trialMsMax: 30_000,
};

const SUCCESS: Outcome = { kind: 'success' };
const FAILURE: Outcome = { kind: 'failure' };
const NOTHING: Outcome = { kind: 'nothing' };

/** Tripped by three failures, at 0. */
function open(): Circuit {
  const circuit = new Circuit(OPTIONS);
  for (let i = 0; i < 3; i++) circuit.settle(FAILURE, -1, 0);
  return circuit;
}

/** Its trial has begun, at 15 000. */
function halfOpen(): Circuit {
  const circuit = open();
  expect(circuit.admit(15_000)).toBe(true);
  return circuit;
}

describe('a circuit', () => {
  it('opens at the third failure in a row', () => {
    const circuit = new Circuit(OPTIONS);
    for (const at of [0, 1000]) {
      circuit.settle(FAILURE, at, at);
      expect(circuit.admit(at)).toBe(true);
    }
    circuit.settle(FAILURE, 2000, 2000);
    expect(circuit.state).toBe('open');
    expect(circuit.admit(2000)).toBe(false);
  });

  it('does not for failures with an answer between them, or far apart, or that are the request’s own', () => {
    const circuit = new Circuit(OPTIONS);
    for (const outcome of [FAILURE, FAILURE, SUCCESS, FAILURE, FAILURE]) {
      circuit.settle(outcome, 0, 0);
    }
    expect(circuit.state).toBe('closed');
    circuit.settle(FAILURE, 60_001, 60_001);
    for (let i = 0; i < 9; i++) circuit.settle(NOTHING, 60_001, 60_001);
    expect(circuit.state).toBe('closed');
  });

  it('opens at once, for as long as the endpoint says, but not for ever', () => {
    const circuit = new Circuit(OPTIONS);
    circuit.settle({ kind: 'refusal', forMs: 40_000 }, 0, 0);
    expect(circuit.admit(39_999)).toBe(false);
    expect(circuit.admit(40_000)).toBe(true);
    const forEver = new Circuit(OPTIONS);
    forEver.settle({ kind: 'refusal', forMs: 1e9 }, 0, 0);
    expect(forEver.admit(60_000)).toBe(true);
  });

  it('lets one request through when its time is over, and no other', () => {
    const circuit = open();
    expect(circuit.admit(14_999)).toBe(false);
    expect(circuit.admit(15_000)).toBe(true);
    expect(circuit.state).toBe('half-open');
    expect(circuit.admit(15_001)).toBe(false);
  });

  it('closes when that one is answered', () => {
    const circuit = halfOpen();
    circuit.settle(SUCCESS, 15_000, 15_400);
    expect(circuit.state).toBe('closed');
    // And begins anew: two failures are not three.
    circuit.settle(FAILURE, 15_500, 15_500);
    circuit.settle(FAILURE, 15_500, 15_500);
    expect(circuit.admit(15_500)).toBe(true);
  });

  it('waits twice as long after each trial that fails, up to a bound', () => {
    const circuit = open();
    let at = 0;
    const waits = [15_000, 30_000, 60_000, 60_000];
    for (const waitMs of waits) {
      expect(circuit.admit(at + waitMs - 1)).toBe(false);
      at += waitMs;
      expect(circuit.admit(at)).toBe(true);
      circuit.settle(FAILURE, at, at);
    }
    expect(circuit.admit(at + 60_000)).toBe(true);
    circuit.settle(SUCCESS, at + 60_000, at + 60_000);
    for (let i = 0; i < 3; i++) circuit.settle(FAILURE, at + 60_000, at + 60_000);
    expect(circuit.admit(at + 75_000)).toBe(true);
  });

  it('tries again at once when the trial was given up, and later when it never came back', () => {
    const givenUp = halfOpen();
    givenUp.settle(NOTHING, 15_000, 15_200);
    expect(givenUp.state).toBe('open');
    expect(givenUp.admit(15_200)).toBe(true);
    const lost = halfOpen();
    expect(lost.admit(44_999)).toBe(false);
    expect(lost.admit(45_000)).toBe(true);
  });

  it('learns nothing from what began before it changed', () => {
    const circuit = open();
    circuit.settle(SUCCESS, -1, 1000);
    expect(circuit.state).toBe('open');
    const closed = halfOpen();
    closed.settle(SUCCESS, 15_000, 15_400);
    for (let i = 0; i < 3; i++) closed.settle(FAILURE, 14_000, 16_000);
    expect(closed.state).toBe('closed');
  });

  it('closes for an answer to a request that was made all the same', () => {
    const circuit = open();
    circuit.settle(FAILURE, 100, 200);
    expect(circuit.state).toBe('open');
    circuit.settle(SUCCESS, 300, 400);
    expect(circuit.state).toBe('closed');
  });

  it('gets from every state to every other one that the table allows, and nowhere else', () => {
    const makers: Record<CircuitState, () => Circuit> = {
      closed: () => new Circuit(OPTIONS),
      open,
      'half-open': halfOpen,
    };
    const events: ((circuit: Circuit) => void)[] = [
      (circuit) => circuit.admit(15_000),
      (circuit) => circuit.admit(99_000),
      ...[SUCCESS, FAILURE, NOTHING, { kind: 'refusal', forMs: 1 } as const].map(
        (outcome) => (circuit: Circuit) => circuit.settle(outcome, 20_000, 20_000),
      ),
    ];
    for (const [from, make] of Object.entries(makers)) {
      const targets = new Set<string>([from]);
      for (const event of events) {
        const circuit = make();
        for (let i = 0; i < 3; i++) {
          if (circuit.state === from) event(circuit);
        }
        targets.add(circuit.state);
      }
      const allowed = Object.entries(CIRCUIT_TRANSITIONS).find(([state]) => state === from)?.[1];
      expect([...targets].toSorted()).toEqual(
        [...new Set([from, ...Object.values(allowed ?? {})])].toSorted(),
      );
    }
  });
});

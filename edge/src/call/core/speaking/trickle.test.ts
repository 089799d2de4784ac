import { describe, expect, it } from 'vitest';
import { firstOf } from '../deadline.ts';
import { Trickle } from './trickle.ts';

/** The agent's last word ended at 10 s, and a model has been writing since 5 s. */
class Rig {
  writing: { since: number | undefined } | undefined = { since: 5000 };
  endsAt = 10_000;
  isAwaitingVoice = false;
  hasWords = false;
  fillerAt: number | undefined;
  readonly done: string[] = [];
  readonly trickle: Trickle;

  constructor(waits: 'caller' | 'nobody' = 'caller') {
    const at = (): Rig => this;
    this.trickle = new Trickle({
      speechEndAt: waits === 'caller' ? 4000 : undefined,
      thought: {
        get writing() {
          return at().writing;
        },
        replaceSlow: (isLast) => void this.done.push(isLast ? 'replace at last' : 'replace'),
      },
      voicing: {
        get endsAt() {
          return at().endsAt;
        },
        get isAwaitingVoice() {
          return at().isAwaitingVoice;
        },
        isAudible: true,
        isBetweenSegments: true,
      },
      wording: {
        get hasWords() {
          return at().hasWords;
        },
        writeWords: () => void this.done.push('words'),
      },
      waitingWords: { fillerAt: () => this.fillerAt },
    });
  }

  get dueAt(): number | undefined {
    return firstOf(this.trickle.deadlines(4500, 0))?.at;
  }

  runDue(): readonly string[] {
    firstOf(this.trickle.deadlines(4500, 0))?.run();
    return this.done.splice(0);
  }
}

describe('a model that is slower than speech', () => {
  it('is heard word by word after a second of silence, and another one goes on after the second one', () => {
    const rig = new Rig();
    rig.hasWords = true;
    expect(rig.dueAt).toBe(11_000);
    expect(rig.runDue()).toEqual(['words']);
    rig.endsAt = 12_000;
    expect(rig.dueAt).toBe(13_000);
    expect(rig.runDue()).toEqual(['words', 'replace']);
  });

  it('begins anew where another one has gone on', () => {
    const rig = new Rig();
    rig.runDue();
    rig.endsAt = 12_000;
    rig.writing = { since: 11_500 };
    expect(rig.runDue()).toEqual(['words']);
  });

  it('is given up when nothing else can be said for two seconds', () => {
    const rig = new Rig();
    rig.runDue();
    expect(rig.dueAt).toBe(12_000);
    expect(rig.runDue()).toEqual(['replace at last']);
  });

  it('has the time of a filler', () => {
    const rig = new Rig();
    rig.runDue();
    rig.fillerAt = 11_600;
    expect(rig.dueAt).toBe(undefined);
  });

  it('is given the time for a clause when it has just begun', () => {
    const rig = new Rig();
    rig.writing = { since: 11_000 };
    expect(rig.dueAt).toBe(11_700);
  });

  it.each([
    ['while the voice has something to say', (rig: Rig) => void (rig.isAwaitingVoice = true)],
    ['when it has finished', (rig: Rig) => void (rig.writing = undefined)],
  ])('is nothing to be minded %s', (_, change) => {
    const rig = new Rig();
    change(rig);
    expect(rig.dueAt).toBe(undefined);
  });

  it('is none where the agent speaks of its own accord', () => {
    expect(new Rig('nobody').dueAt).toBe(undefined);
  });
});

import { describe, expect, it } from 'vitest';
import { nextAlarmAt, nextDue, retried, type Task } from './task.ts';

const MINUTE = 60_000;
const task = (name: Task['name'], dueAt = 0, tries = 0): Task => ({ name, dueAt, tries });

describe('the tasks of a call that has ended', () => {
  it('are done in order: the webhook tells of the recording and the summary', () => {
    const tasks = [task('webhook'), task('analysis'), task('recording'), task('removal', 9)];
    expect(nextDue(tasks, 0)?.name).toBe('recording');
    expect(nextDue(tasks.slice(0, 2), 0)?.name).toBe('analysis');
    expect(nextDue(tasks.slice(0, 1), 0)?.name).toBe('webhook');
  });

  it('wait: the webhook for a recording that is tried again, and the alarm for the first of all', () => {
    const tasks = [task('webhook', 5), task('recording', 70), task('removal', 99)];
    expect(nextDue(tasks, 60)).toBeUndefined();
    expect(nextAlarmAt(tasks)).toBe(70);
    expect(nextAlarmAt([])).toBeUndefined();
  });
});

describe('a webhook that is not taken', () => {
  it('is tried eight times, from one minute up to six hours apart, then given up', () => {
    const minutes: number[] = [];
    let now = 0;
    for (let next = retried(task('webhook'), now, MINUTE); next !== undefined;) {
      minutes.push((next.dueAt - now) / MINUTE);
      now = next.dueAt;
      next = retried(next, now, MINUTE);
    }
    expect(minutes).toEqual([1, 3, 9, 27, 81, 243, 360]);
  });
});

/** What is left to do for a call that has ended, in which order, and when it is tried again. */

export type TaskName =
  /** While a call goes on: finds out whether the object was lost with it. */
  'watch' | 'recording' | 'analysis' | 'webhook' | 'traces' | 'metrics' | 'removal';

export interface Task {
  readonly name: TaskName;
  readonly dueAt: number;
  /** Attempts that failed. */
  readonly tries: number;
}

/** The webhook tells of the recording and the summary, so it waits for both. */
const AFTER: Partial<Record<TaskName, readonly TaskName[]>> = {
  webhook: ['recording', 'analysis'],
};

const ORDER: readonly TaskName[] = [
  'watch',
  'recording',
  'analysis',
  'webhook',
  'traces',
  'metrics',
  'removal',
];

/** With the first one; the summary is asked for twice at most, for it costs money; telemetry of an hour ago is missed by nobody. */
export const TRIES_MAX: Readonly<Record<TaskName, number>> = {
  watch: 1,
  recording: 8,
  analysis: 2,
  webhook: 8,
  traces: 5,
  metrics: 5,
  removal: 8,
};

const FACTOR = 3;
/** Six hours. */
const DELAY_MS_MAX = 6 * 3_600_000;

/** The tasks that wait for no other one. */
function ready(tasks: readonly Task[]): Task[] {
  const names = new Set(tasks.map(({ name }) => name));
  return tasks.filter(({ name }) => !(AFTER[name] ?? []).some((other) => names.has(other)));
}

/** What is to be done now, if anything. */
export function nextDue(tasks: readonly Task[], now: number): Task | undefined {
  const due = ready(tasks).filter(({ dueAt }) => dueAt <= now);
  return due.toSorted((a, b) => ORDER.indexOf(a.name) - ORDER.indexOf(b.name))[0];
}

/** When to look again; undefined when nothing is left. */
export function nextAlarmAt(tasks: readonly Task[]): number | undefined {
  if (tasks.length === 0) return undefined;
  return Math.min(...ready(tasks).map(({ dueAt }) => dueAt));
}

/**
 * The task after one more attempt that failed: after one minute, then after three times as long each, six hours at most.
 * Undefined when it is given up.
 */
export function retried(task: Task, now: number, firstDelayMs: number): Task | undefined {
  const tries = task.tries + 1;
  if (tries >= TRIES_MAX[task.name]) return undefined;
  const delayMs = Math.min(DELAY_MS_MAX, firstDelayMs * FACTOR ** (tries - 1));
  return { ...task, tries, dueAt: now + delayMs };
}

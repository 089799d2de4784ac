/** Something to be done at an instant, unless what happens before it changes that. */
export interface Deadline {
  readonly at: number;
  /** Doing it must remove or postpone it. */
  readonly run: () => void;
}

export function firstOf(deadlines: readonly Deadline[]): Deadline | undefined {
  return deadlines.reduce<Deadline | undefined>(
    (first, deadline) => (first === undefined || deadline.at < first.at ? deadline : first),
    undefined,
  );
}

/** One line of the doctor. */

export interface Finding {
  readonly name: string;
  readonly isGood: boolean;
  /** What was found. */
  readonly detail: string;
  /** What to do about it; only with a cross. */
  readonly fix?: string;
}

/** A rule of Twilio's wire, and what shows that the relay keeps it. */

import { describe, it } from 'vitest';
import type { Dialect } from '@patchcord/shared/media-streams/dialect';

export interface Rule {
  /** Section and row, such as `1.3`. */
  readonly id: string;
  readonly rule: string;
  /**
   * How it is known: `D1` to `D6` pages of Twilio's documentation, `E` its error pages, `C1` to `C8` captures of real traffic, `S` the
   * Node SDK 6.2.0, `O` its OpenAPI description, `R` seen with real handlers, `INFERRED` from these, `UNKNOWN`.
   */
  readonly source: string;
  /** Of the dialect, where Twilio leaves it open and the relay has to choose. */
  readonly option?: keyof Dialect;
  /** What it is tried on, where that is no whole call. */
  readonly on?: 'REST' | 'core';
  /** What the relay does in place of it. The test is then expected to fail, and fails when it does not. */
  readonly deviation?: string;
  /** Absent: nobody knows what is right, or it cannot be had here; `note` says which. */
  readonly test?: () => Promise<void> | void;
  readonly note?: string;
}

export interface Section {
  readonly title: string;
  /** The file of its rules, in this folder. */
  readonly file: string;
  readonly rules: readonly Rule[];
}

/** A test for each rule that has one. */
export function testSection({ title, rules }: Section): void {
  describe(title, () => {
    for (const { id, rule, deviation, test } of rules) {
      if (test === undefined) continue;
      const name = `${id} ${rule}`;
      if (deviation === undefined) it(name, test);
      else it.fails(name, test);
    }
  });
}

/** What several rules look at is done once: by the first of them that runs. */
export function once<T>(work: () => Promise<T>): () => Promise<T> {
  let done: Promise<T> | undefined;
  return () => (done ??= work());
}

/** Every cell of one stage is played, and its part of `docs/faults.md` is compared. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FAULTS, FAULT_TITLES, type Stage } from './faults.ts';
import { phasesOf, playCell, problemsOf, type Cell } from './matrix.ts';
import { PAGE_FILE, renderStage } from './page.ts';

export function describeStage(stage: Stage): void {
  const cells: Cell[] = [];

  describe(`a fault of ${stage}`, () => {
    it.each(FAULTS)(
      'is heard as something sensible in every phase: %s',
      (fault) => {
        for (const phase of phasesOf(stage)) {
          const cell = playCell(stage, fault, phase);
          cells.push(cell);
          expect(cell.runs.some(({ outcome }) => outcome.isMet)).toBe(true);
          expect(cell.runs.flatMap((run) => problemsOf(cell, run))).toEqual([]);
        }
      },
      300_000,
    );

    it('is in docs/faults.md; else run `node tests/scenarios/fault-matrix/page.ts --write`', () => {
      expect(cells).toHaveLength(Object.keys(FAULT_TITLES).length * phasesOf(stage).length);
      expect(readFileSync(PAGE_FILE, 'utf8')).toContain(renderStage(stage, cells));
    });
  });
}

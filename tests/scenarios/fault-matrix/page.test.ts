import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { PAGE_FILE, renderFrame } from './page.ts';

it('docs/faults.md is up to date; else run `node tests/scenarios/fault-matrix/page.ts --write`', () => {
  const page = readFileSync(PAGE_FILE, 'utf8');
  for (const part of renderFrame()) expect(page).toContain(part);
});

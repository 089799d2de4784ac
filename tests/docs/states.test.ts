import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { renderStates, STATES_FILE } from './states.ts';

it('docs/states.md is what the tables say; else run `node tests/docs/states.ts --write`', () => {
  expect(readFileSync(STATES_FILE, 'utf8')).toBe(renderStates());
});

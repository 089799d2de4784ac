import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { PAGE_FILE, renderPage, SECTIONS } from './page.ts';

it('docs/conformance.md is what the rules say; else run `node tests/conformance/page.ts --write`', () => {
  expect(readFileSync(PAGE_FILE, 'utf8')).toBe(renderPage());
});

it('every rule has a number of its own', () => {
  const ids = SECTIONS.flatMap(({ rules }) => rules.map(({ id }) => id));
  expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
});

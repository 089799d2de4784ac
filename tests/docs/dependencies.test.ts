import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { z } from 'zod';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const versions = z.record(z.string(), z.string()).default({});
const packageSchema = z.object({
  dependencies: versions,
  devDependencies: versions,
  optionalDependencies: versions,
});

/** Every dependency of every package of the workspace, but for the packages of the workspace themselves. */
function dependencies(): string[] {
  const files = [
    'package.json',
    ...globSync('{shared,relay,edge,tests}/package.json', { cwd: ROOT }),
  ];
  const names = files.flatMap((file) => {
    const manifest = packageSchema.parse(JSON.parse(readFileSync(`${ROOT}${file}`, 'utf8')));
    return Object.values(manifest).flatMap((group) => Object.keys(group));
  });
  return [...new Set(names)].filter((name) => !name.startsWith('@patchcord/')).sort();
}

/** Names in the first cell of a row, in backticks. */
function documented(): string[] {
  const text = readFileSync(`${ROOT}docs/dependencies.md`, 'utf8');
  const cells = [...text.matchAll(/^\| (`[^|]*) \|/gm)].map(([, cell = '']) => cell);
  return cells
    .flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name))
    .sort();
}

it('docs/dependencies.md has a line for every dependency, and none for what is gone', () => {
  expect(documented()).toEqual(dependencies());
});

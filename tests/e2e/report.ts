/** Measured figures: one line on the screen, and a file that stays. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';

/** Writes `out/e2e/NAME.json` and prints the same in one line. */
export function report(name: string, figures: Readonly<Record<string, unknown>>): void {
  const machine = `${cpus()[0]?.model.trim() ?? 'unknown'} x ${cpus().length}`;
  const folder = fileURLToPath(new URL('../../out/e2e/', import.meta.url));
  mkdirSync(folder, { recursive: true });
  const text = JSON.stringify({ ...figures, machine, node: process.version }, undefined, 2);
  writeFileSync(`${folder}${name}.json`, `${text}\n`);
  console.info(`${name}: ${JSON.stringify(figures)}`);
}

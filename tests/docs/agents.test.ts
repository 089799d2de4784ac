import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { agentShape } from '@patchcord/edge/src/agents/agent-shape.ts';
import { expect, it } from 'vitest';
import { z } from 'zod';

const FILE = fileURLToPath(new URL('../../docs/agents.md', import.meta.url));

/** Every name of a field, however deep: `limits`, `callMsMax`, … */
function fieldNames(schema: unknown): string[] {
  if (Array.isArray(schema)) return schema.flatMap(fieldNames);
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([keyword, value]: [string, unknown]) => {
    if (keyword === 'default') return [];
    const names = keyword === 'properties' ? Object.keys(Object(value)) : [];
    return [...names, ...fieldNames(value)];
  });
}

it('docs/agents.md has every field of an agent', () => {
  const code = [...readFileSync(FILE, 'utf8').matchAll(/`([^`\n]+)`/gu)].map(
    ([, text = '']) => text,
  );
  const documented = new Set(code.flatMap((text) => text.match(/[A-Za-z]+/gu) ?? []));
  const names = new Set(fieldNames(z.toJSONSchema(agentShape, { io: 'input' })));
  expect(names.size).toBeGreaterThan(80);
  expect([...names].filter((name) => !documented.has(name))).toEqual([]);
});

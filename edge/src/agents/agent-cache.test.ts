import { expect, it } from 'vitest';
import { AgentCache } from './agent-cache.ts';
import type { AgentVersion } from './agent-version.ts';
import { agentSchema } from './agent.ts';

function versionOf(name: string, version: number): AgentVersion {
  return { name, version, createdAt: 0, agent: agentSchema.parse({ name, instructions: 'Hi' }) };
}

it('asks again when what it has is five seconds old', async () => {
  const cache = new AgentCache();
  let version = 0;
  const load = async (name: string) => versionOf(name, ++version);
  const versions = [];
  for (const now of [0, 4999, 5000, 9999, 10_000]) {
    versions.push((await cache.get('a', now, load))?.version);
  }
  expect(versions).toEqual([1, 1, 2, 2, 3]);
  expect((await cache.get('b', 10_000, load))?.version).toBe(4);
});

it('knows for as long that there is no such agent', async () => {
  const cache = new AgentCache();
  let asked = 0;
  const load = async (): Promise<undefined> => {
    asked++;
    return undefined;
  };
  await cache.get('a', 0, load);
  expect(await cache.get('a', 4000, load)).toBeUndefined();
  expect(asked).toBe(1);
});

it('keeps nothing of a database that fails', async () => {
  const cache = new AgentCache();
  await expect(cache.get('a', 0, () => Promise.reject(new Error('down')))).rejects.toThrow('down');
  expect(await cache.get('a', 1, async (name) => versionOf(name, 1))).toMatchObject({ version: 1 });
});

it('does not grow without end', async () => {
  const cache = new AgentCache();
  const loaded: string[] = [];
  const load = async (name: string) => {
    loaded.push(name);
    return versionOf(name, 1);
  };
  for (let i = 0; i <= 200; i++) await cache.get(`a${i}`, 0, load);
  await cache.get('a200', 0, load);
  expect(loaded).toHaveLength(201);
  await cache.get('a0', 0, load);
  expect(loaded).toHaveLength(202);
});

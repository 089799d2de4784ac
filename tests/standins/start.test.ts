import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { startOpenRouterStandin } from './openrouter.ts';
import { startStandins } from './start.ts';

const MAIN = new URL('main.ts', import.meta.url).pathname;

test('all three listen, each on a port of its own, and none after close', async () => {
  const standins = await startStandins();
  const { azureSpeech, openrouter, elevenlabs } = standins;
  expect(standins.azureSpeechUrl).toBe(`ws://127.0.0.1:${azureSpeech.port}`);
  expect(standins.openrouterUrl).toBe(`http://127.0.0.1:${openrouter.port}/api/v1`);
  expect(standins.elevenlabsUrl).toBe(`http://127.0.0.1:${elevenlabs.port}`);
  const ports = [azureSpeech.port, openrouter.port, elevenlabs.port];
  for (const port of ports) {
    expect((await fetch(`http://127.0.0.1:${port}/standin/requests`)).status).toBe(200);
  }
  await standins.close();
  for (const port of ports) {
    await expect(fetch(`http://127.0.0.1:${port}/standin/requests`)).rejects.toThrow(
      'fetch failed',
    );
  }
});

test('a port that is taken is an error, and nothing stays behind', async () => {
  const taken = await startOpenRouterStandin();
  await expect(startStandins({ elevenlabs: { port: taken.port } })).rejects.toThrow('EADDRINUSE');
  await taken.close();
});

test('as a process: prints where they are, ends by SIGTERM with 0', async () => {
  const child = spawn(process.execPath, [MAIN, '--json'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const { openrouterUrl } = JSON.parse(line.toString('utf8')) as { openrouterUrl: string };
  const models = await fetch(`${openrouterUrl}/models`, { headers: { authorization: 'Bearer k' } });
  expect(models.status).toBe(200);
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test('as a process: a wrong port is explained', async () => {
  const child = spawn(process.execPath, [MAIN, '--azure-port', '70000'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [line] = (await once(child.stderr, 'data')) as [Buffer];
  expect(line.toString('utf8')).toBe(
    '--azure-port must be an integer from 0 to 65535, got `70000`\n',
  );
  expect(await once(child, 'exit')).toEqual([1, null]);
});

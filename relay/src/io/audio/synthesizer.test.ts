import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { encodeWav } from '@patchcord/shared/audio/wav';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AudioDirectory } from './audio-directory.ts';
import { Synthesizer, type SynthesizerOptions } from './synthesizer.ts';

const NEVER = new AbortController().signal;
const WAV = Buffer.from(encodeWav([new Int16Array(800)], 8000));

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'patchcord-say-'));
});

const closing: (() => void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) close();
  await rm(directory, { recursive: true });
});

interface Warning {
  readonly code: string;
}

function open(options: Partial<SynthesizerOptions>): { synthesizer: Synthesizer; codes: string[] } {
  const codes: string[] = [];
  const log = { warn: (fields: Warning) => void codes.push(fields.code) };
  const synthesizer = new Synthesizer({ engine: undefined, ...options, log });
  return { synthesizer, codes };
}

/** A program that notes its arguments, input and environment, and writes a WAV file unless told otherwise. */
async function writeProgram(lastWords?: string): Promise<string> {
  const path = join(directory, 'voice.mjs');
  const wav = `process.stdout.write(Buffer.from('${WAV.toString('base64')}', 'base64'));`;
  await writeFile(
    path,
    `import { appendFileSync, readFileSync } from 'node:fs';
    const input = readFileSync(0, 'utf8');
    const line = JSON.stringify({ args: process.argv.slice(2), input, env: Object.keys(process.env) });
    appendFileSync(${JSON.stringify(join(directory, 'runs'))}, line + '\\n');
    ${lastWords ?? wav}`,
  );
  return `'${process.execPath}' '${path}'`;
}

async function runs(): Promise<{ args: string[]; input: string; env: string[] }[]> {
  const lines = await readFile(join(directory, 'runs'), 'utf8');
  return lines
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

function command(template: string): Partial<SynthesizerOptions> {
  return { engine: { kind: 'command', template } };
}

describe('without an engine', () => {
  it('says nothing, and says so once', async () => {
    const { synthesizer, codes } = open({});
    expect(await synthesizer.say({ text: 'Hello' }, NEVER)).toBeUndefined();
    expect(await synthesizer.say({ text: 'Hello' }, NEVER)).toBeUndefined();
    expect(codes).toEqual(['SAY_UNAVAILABLE']);
  });
});

describe('a command', () => {
  it('gets text, language and voice as arguments, no shell and no secrets', async () => {
    const { synthesizer } = open(command(`${await writeProgram()} -v {language}+{voice} {text}`));
    const text = '-f "/etc/passwd"; $(reboot) {voice}\u0000\n`x`';
    const mulaw = await synthesizer.say({ text, voice: 'woman', language: 'ms-MY' }, NEVER);
    expect(mulaw).toHaveLength(800);
    const [run] = await runs();
    const expected = ' -f "/etc/passwd"; $(reboot) {voice} `x`';
    expect(run).toMatchObject({ args: ['-v', 'ms-MY+woman', expected], input: '' });
    expect(run?.env.filter((name) => name !== 'PATH' && name !== 'LANG')).toEqual([]);
  });

  it('reads the text where it is no argument', async () => {
    const { synthesizer } = open(command(`${await writeProgram()} {language}`));
    await synthesizer.say({ text: '--help' }, NEVER);
    expect(await runs()).toMatchObject([{ args: ['en-US'], input: '--help' }]);
  });

  it('runs once for one text, and again for another voice', async () => {
    const { synthesizer } = open(command(await writeProgram()));
    const both = ['Hello', 'Hello'].map((text) => synthesizer.say({ text }, NEVER));
    const [first, second] = await Promise.all(both);
    expect(second).toBe(first);
    expect(await synthesizer.say({ text: ' Hello\n' }, NEVER)).toBe(first);
    await synthesizer.say({ text: 'Hello', voice: 'woman' }, NEVER);
    expect(await runs()).toHaveLength(2);
  });

  it.each([
    [
      'ends with an error',
      `console.error('no voice ms\\nstack'); process.exitCode = 3;`,
      /exit code 3: no voice ms$/,
    ],
    ['writes nothing', '', /wrote no audio/],
    ['writes something else', `process.stdout.write('Usage: voice')`, /gave no audio/],
    [
      'writes without end',
      `const b = Buffer.alloc(1e6); const w = () => process.stdout.write(b, w); w()`,
      /more than 32 MiB/,
    ],
  ])('fails when it %s', async (_, lastWords, message) => {
    const { synthesizer } = open(command(await writeProgram(lastWords)));
    const said = synthesizer.say({ text: 'Hello' }, NEVER);
    await expect(said).rejects.toMatchObject({ code: 'SAY_FAILED' });
    await expect(said).rejects.toThrow(message);
  });

  it('is killed when it takes too long', async () => {
    const template = await writeProgram('setInterval(() => {}, 1000)');
    const { synthesizer } = open({ ...command(template), timeoutMs: 300 });
    await expect(synthesizer.say({ text: 'Hello' }, NEVER)).rejects.toThrow('not spoken within');
  });

  it('is killed when the caller has left', async () => {
    const { synthesizer } = open(command(await writeProgram('setInterval(() => {}, 1000)')));
    const controller = new AbortController();
    const said = synthesizer.say({ text: 'Hello' }, controller.signal);
    controller.abort(new Error('hung up'));
    await expect(said).rejects.toThrow('hung up');
  });

  it('that is not there fails, and so does a text that is too long', async () => {
    const { synthesizer } = open(command('/nowhere/espeak-ng {text}'));
    await expect(synthesizer.say({ text: 'Hello' }, NEVER)).rejects.toThrow('cannot run');
    const long = synthesizer.say({ text: 'x'.repeat(4097) }, NEVER);
    await expect(long).rejects.toMatchObject({ code: 'SAY_FAILED' });
    expect(await synthesizer.say({ text: ' ' }, NEVER)).toHaveLength(0);
  });

  it('takes no more texts at once than its bound', async () => {
    const { synthesizer } = open({ ...command(await writeProgram()), concurrentMax: 1 });
    const said = ['a', 'b'].map((text) => synthesizer.say({ text }, NEVER));
    const results = await Promise.allSettled(said);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  });
});

describe('a server', () => {
  async function serve(
    answer: (request: IncomingMessage, response: ServerResponse) => void,
  ): Promise<string> {
    const server = createServer(answer);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closing.push(() => {
      server.closeAllConnections();
      server.close();
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/say`;
  }

  it('is asked with JSON and the token', async () => {
    const asked: unknown[] = [];
    const url = await serve((request, response) => {
      void readText(request).then((body) => {
        asked.push(request.method, request.headers.authorization, JSON.parse(body));
        response.writeHead(200, { 'Content-Type': 'audio/basic' }).end(Buffer.alloc(160, 0xff));
      });
    });
    const { synthesizer } = open({ engine: { kind: 'http', url, token: 'secret' } });
    const utterance = { text: 'Selamat pagi', voice: 'alice', language: 'ms-MY' };
    expect(await synthesizer.say(utterance, NEVER)).toHaveLength(160);
    expect(asked).toEqual(['POST', 'Bearer secret', utterance]);
  });

  it.each([
    ['another status', (response: ServerResponse) => response.writeHead(503).end()],
    ['a redirect', (response: ServerResponse) => response.writeHead(302, { Location: '/x' }).end()],
    ['a page', (response: ServerResponse) => response.end('<html>')],
  ])('fails with %s', async (_, answer) => {
    const url = await serve((_request, response) => void answer(response));
    const { synthesizer } = open({ engine: { kind: 'http', url } });
    const said = synthesizer.say({ text: 'Hello' }, NEVER);
    await expect(said).rejects.toMatchObject({ code: 'SAY_FAILED' });
  });
});

describe('the directory', () => {
  it('keeps what was said for the next process', async () => {
    const cacheDirectory = join(directory, 'cache');
    const engine = command(await writeProgram());
    const before = await open({ ...engine, cacheDirectory }).synthesizer.say({ text: 'a' }, NEVER);
    const after = await open({ ...engine, cacheDirectory }).synthesizer.say({ text: 'a' }, NEVER);
    expect(after && [...after]).toEqual(before && [...before]);
    expect(await runs()).toHaveLength(1);
    expect(await readdir(cacheDirectory)).toEqual([expect.stringMatching(/^[0-9a-f]{64}\.ulaw$/)]);
  });

  it('is done without where it cannot be used', async () => {
    const cacheDirectory = '/dev/null/cache';
    const { synthesizer, codes } = open({ ...command(await writeProgram()), cacheDirectory });
    expect(await synthesizer.say({ text: 'a' }, NEVER)).toHaveLength(800);
    expect(await synthesizer.say({ text: 'b' }, NEVER)).toHaveLength(800);
    expect(codes).toEqual(['SAY_CACHE']);
  });

  it('lets the files go that were not read for the longest, and leaves others alone', async () => {
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((key) => key.repeat(64)) as [
      string,
      string,
      string,
      string,
    ];
    await writeFile(join(directory, 'letter.txt'), 'mine');
    await writeFile(
      join(directory, `${d}.${'0'.repeat(8)}-0000-4000-8000-${'0'.repeat(12)}.part`),
      'x',
    );
    const files = new AudioDirectory(directory, 10);
    await files.write(a, Uint8Array.of(1, 2, 3, 4));
    await files.write(b, Uint8Array.of(1, 2, 3, 4));
    await utimes(join(directory, `${b}.ulaw`), 1, 1);
    expect(await files.read(a)).toHaveLength(4);
    await files.write(c, Uint8Array.of(1, 2, 3, 4));
    expect((await readdir(directory)).sort()).toEqual([`${a}.ulaw`, `${c}.ulaw`, 'letter.txt']);
    await utimes(join(directory, `${a}.ulaw`), 1, 1);
    const again = new AudioDirectory(directory, 5);
    expect(await again.read(a)).toBeUndefined();
    expect(await again.read(c)).toHaveLength(4);
  });

  it('survives being cleared, and a file that was cut off', async () => {
    const key = 'a'.repeat(64);
    const files = new AudioDirectory(directory, 10);
    await files.write(key, Uint8Array.of(1));
    await rm(join(directory, `${key}.ulaw`));
    expect(await files.read(key)).toBeUndefined();
    await writeFile(join(directory, `${key}.ulaw`), '');
    expect(await new AudioDirectory(directory, 10).read(key)).toBeUndefined();
  });
});

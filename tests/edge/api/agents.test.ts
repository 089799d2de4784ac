/** Agents over the API of the Worker in workerd, with D1 as it is there. */

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startEdge, type Edge } from '../worker.ts';
import { Api, errorOf, writtenOf, type Body } from './api.ts';
import { BROKEN_AGENTS } from './broken-agents.ts';

const TOKEN = 'an-api-token';
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

let edge: Edge;
let api: Api;
beforeAll(async () => {
  edge = await startEdge({ vars: { AUTH_TOKEN: 'an auth token', API_TOKEN: TOKEN } });
  api = new Api(edge.url, TOKEN);
});
afterAll(() => edge.stop());

const good = (name: string, change: Body = {}): Body => ({
  name,
  instructions: 'Be kind.',
  ...change,
});

const byNumber = (a: number, b: number): number => a - b;

describe('an agent', () => {
  it('is written, read, changed and archived, and every version stays', async () => {
    const created = await api.post('/api/v1/agents', good('clinic'));
    expect([created.status, created.headers.get('ETag')]).toEqual([201, '"1"']);
    expect(created.headers.get('Location')).toBe('/api/v1/agents/clinic');
    expect(writtenOf(created).agent).toMatchObject({ languages: ['en-US'], redact: false });

    const changed = await api.put('/api/v1/agents/clinic', good('clinic', { redact: true }), '"1"');
    expect([changed.status, changed.headers.get('ETag')]).toEqual([200, '"2"']);
    const current = await api.get('/api/v1/agents/clinic');
    expect(current.headers.get('ETag')).toBe('"2"');
    expect(writtenOf(current)).toEqual(writtenOf(changed));

    const gone = await api.ask('DELETE', '/api/v1/agents/clinic', undefined, { 'If-Match': '"2"' });
    expect([gone.status, gone.body]).toEqual([204, undefined]);
    expect(errorOf(await api.get('/api/v1/agents/clinic')).code).toBe('404 AGENT_NOT_FOUND');
    expect((await api.get('/api/v1/agents')).body).toEqual({ agents: [], nextCursor: null });
    expect((await api.get('/api/v1/agents/clinic/versions')).body).toMatchObject({
      versions: [{ version: 2 }, { version: 1 }],
    });
    const first = writtenOf(await api.get('/api/v1/agents/clinic/versions/1'));
    expect(first).toEqual(writtenOf(created));

    // The name is free again; its versions are counted on, so that a version means one thing for ever.
    const again = await api.post('/api/v1/agents', good('clinic'));
    expect(writtenOf(again).version).toBe(3);
  });

  it('is changed by one of those who change the same version at once', async () => {
    await api.post('/api/v1/agents', good('shared'));
    const answers = await Promise.all(
      [1, 2, 3, 4, 5].map((each) =>
        api.put('/api/v1/agents/shared', good('shared', { instructions: `I am ${each}` }), '"1"'),
      ),
    );
    expect(answers.map(({ status }) => status).sort(byNumber)).toEqual([200, 412, 412, 412, 412]);
    const late = await api.put('/api/v1/agents/shared', good('shared'), '"1"');
    expect(errorOf(late).code).toBe('412 AGENT_CHANGED');
    const winner = answers.find(({ status }) => status === 200);
    expect((await api.get('/api/v1/agents/shared')).body).toEqual(winner?.body);
    const wilful = await api.put('/api/v1/agents/shared', good('shared'), '*');
    expect(writtenOf(wilful).version).toBe(3);
  });

  it('is created once by those who create it at once', async () => {
    const answers = await Promise.all(
      [1, 2, 3, 4].map(() => api.post('/api/v1/agents', good('only-one'))),
    );
    expect(answers.map(({ status }) => status).sort(byNumber)).toEqual([201, 409, 409, 409]);
    expect((await api.get('/api/v1/agents/only-one/versions')).body).toMatchObject({
      versions: [{ version: 1 }],
      nextCursor: null,
    });
  });

  it('is listed page by page, by name', async () => {
    for (const name of ['page-c', 'page-a', 'page-b']) await api.post('/api/v1/agents', good(name));
    const names: string[] = [];
    let cursor: string | null = 'page';
    while (cursor !== null) {
      const { body } = await api.get(`/api/v1/agents?limit=2&cursor=${cursor}`);
      const page = listSchema.parse(body);
      expect(page.agents.length).toBeLessThanOrEqual(2);
      names.push(...page.agents.map(({ name }) => name));
      cursor = page.nextCursor;
    }
    expect(names.filter((name) => name.startsWith('page-'))).toEqual([
      'page-a',
      'page-b',
      'page-c',
    ]);
  });

  it('has its versions listed page by page, the newest first', async () => {
    await api.post('/api/v1/agents', good('often'));
    for (const version of [1, 2]) {
      await api.put('/api/v1/agents/often', good('often'), `"${version}"`);
    }
    const path = '/api/v1/agents/often/versions?limit=2';
    const first = await api.get(path);
    expect(first.body).toMatchObject({ versions: [{ version: 3 }, { version: 2 }] });
    const { nextCursor } = z.object({ nextCursor: z.string() }).parse(first.body);
    const second = await api.get(`${path}&cursor=${nextCursor}`);
    expect(second.body).toMatchObject({ versions: [{ version: 1 }], nextCursor: null });
  });
});

const listSchema = z.object({
  agents: z.array(z.object({ name: z.string() })),
  nextCursor: z.string().nullable(),
});

describe('keys in the headers of tools', () => {
  const tool = (url: string, headers: Body): Body => ({
    tools: [{ kind: 'http', name: 'look', description: 'Looks', url, headers }],
  });
  const headersIn = ({ body }: { readonly body: unknown }): unknown =>
    z
      .object({ agent: z.object({ tools: z.tuple([z.object({ headers: z.unknown() })]) }) })
      .parse(body).agent.tools[0].headers;
  const URL = 'https://crm.example/a';

  it('are taken and never given; references are', async () => {
    const headers = {
      Authorization: 'Bearer sesame',
      'X-Key': 'Bearer {{secret.CRM_KEY}}',
      Accept: 'text/plain',
    };
    const masked = { ...headers, Authorization: '***' };
    const sent = good('keys', tool(URL, headers));
    const answers = [
      await api.post('/api/v1/agents/validate', sent),
      await api.post('/api/v1/agents', sent),
      await api.get('/api/v1/agents/keys'),
      await api.put('/api/v1/agents/keys', good('keys', tool(URL, masked)), '"1"'),
      await api.get('/api/v1/agents/keys/versions/1'),
    ];
    for (const answer of answers) expect(headersIn(answer)).toEqual(masked);
    expect(JSON.stringify(answers)).not.toContain('sesame');
  });

  it('stay when the mask is sent back, for the same host only', async () => {
    await api.post('/api/v1/agents', good('kept', tool(URL, { 'X-Key': 'sesame' })));
    const moved = tool('https://evil.example/', { 'X-Key': '***' });
    const stolen = errorOf(await api.put('/api/v1/agents/kept', good('kept', moved), '*'));
    expect([stolen.code, stolen.fields[0]?.path]).toEqual([
      '422 AGENT_INVALID',
      'tools[0].headers.X-Key',
    ]);
    const fresh = await api.post('/api/v1/agents', good('masked', tool(URL, { 'X-Key': '***' })));
    expect(errorOf(fresh).fields[0]?.path).toBe('tools[0].headers.X-Key');
    const path = tool('https://crm.example/b', { 'X-Key': '***' });
    expect((await api.put('/api/v1/agents/kept', good('kept', path), '*')).status).toBe(200);
  });
});

describe('an agent that is broken is refused, and the field named', () => {
  it.each(BROKEN_AGENTS)('%s: %s', async (path, _, change) => {
    const answer = await api.post('/api/v1/agents', good('broken', change));
    const { code, fields } = errorOf(answer);
    expect([code, fields.map((field) => field.path)]).toEqual(['422 AGENT_INVALID', [path]]);
  });

  it('and none of them is written', async () => {
    expect(BROKEN_AGENTS.length).toBeGreaterThanOrEqual(40);
    expect(errorOf(await api.get('/api/v1/agents/broken')).code).toBe('404 AGENT_NOT_FOUND');
  });

  it('with all its fields at once', async () => {
    const answer = await api.post('/api/v1/agents/validate', { name: '', voice: 1, redact: 'no' });
    const paths = errorOf(answer).fields.map(({ path }) => path);
    expect(paths.sort()).toEqual(['instructions', 'name', 'redact', 'voice']);
  });
});

describe('errors', () => {
  it('have one shape and stable codes', async () => {
    const agents = '/api/v1/agents';
    const stranger = new Api(edge.url, 'another');
    const json = { 'Content-Type': 'application/json' };
    await api.post(agents, good('errors'));
    const rows: readonly (readonly [string, ReturnType<Api['ask']>])[] = [
      ['401 TOKEN_WRONG', stranger.get(agents)],
      ['401 TOKEN_MISSING', api.ask('GET', agents, undefined, { Authorization: 'Basic x' })],
      ['401 TOKEN_WRONG', stranger.ask('PATCH', agents)],
      ['404 NOT_FOUND', api.get('/api/v1/agent')],
      ['404 AGENT_NOT_FOUND', api.get(`${agents}/nobody`)],
      ['404 AGENT_NOT_FOUND', api.get(`${agents}/${'x'.repeat(3000)}`)],
      ['404 AGENT_NOT_FOUND', api.put(`${agents}/nobody`, good('nobody'), '*')],
      ['404 AGENT_NOT_FOUND', api.get(`${agents}/nobody/versions`)],
      ['404 AGENT_VERSION_NOT_FOUND', api.get(`${agents}/errors/versions/9`)],
      ['404 AGENT_VERSION_NOT_FOUND', api.get(`${agents}/errors/versions/one`)],
      ['405 METHOD_NOT_ALLOWED', api.ask('PATCH', agents)],
      ['405 METHOD_NOT_ALLOWED', api.ask('OPTIONS', `${agents}/errors`)],
      ['405 METHOD_NOT_ALLOWED', api.ask('DELETE', '/healthz')],
      ['409 AGENT_EXISTS', api.post(agents, good('errors'))],
      ['400 JSON_INVALID', api.post(agents, '{"name": sesame')],
      ['400 JSON_INVALID', api.post(agents, '')],
      ['400 JSON_INVALID', api.post(agents, `${'['.repeat(50_000)}${']'.repeat(50_000)}`)],
      ['422 AGENT_INVALID', api.post(agents, '[]')],
      ['422 AGENT_INVALID', api.post(agents, 'null')],
      ['422 AGENT_INVALID', api.post(agents, '{"__proto__": {"name": "x"}}')],
      ['422 AGENT_INVALID', api.put(`${agents}/errors`, good('other'), '*')],
      ['413 BODY_TOO_LARGE', api.post(agents, JSON.stringify(good('x'.repeat(300_000))))],
      ['415 CONTENT_TYPE_WRONG', api.ask('POST', agents, 'a=b', { 'Content-Type': 'text/plain' })],
      ['428 IF_MATCH_MISSING', api.ask('PUT', `${agents}/errors`, good('errors'))],
      ['428 IF_MATCH_MISSING', api.ask('DELETE', `${agents}/errors`)],
      ['400 IF_MATCH_INVALID', api.put(`${agents}/errors`, good('errors'), 'W/"abc"')],
      [
        '412 AGENT_CHANGED',
        api.ask('DELETE', `${agents}/errors`, undefined, { 'If-Match': '"7"' }),
      ],
      ['400 QUERY_INVALID', api.get(`${agents}?limit=0`)],
      ['400 QUERY_INVALID', api.get(`${agents}?limit=201`)],
      ['400 QUERY_INVALID', api.get(`${agents}?page=2`)],
      ['400 QUERY_INVALID', api.get(`${agents}/errors/versions?cursor=x`)],
      ['415 CONTENT_TYPE_WRONG', api.ask('POST', `${agents}/validate`, undefined, {})],
      ['400 JSON_INVALID', api.ask('POST', `${agents}/validate`, '{', json)],
    ];
    for (const [code, answer] of rows) expect(errorOf(await answer).code).toBe(code);
  });
});

describe('the description of the API', () => {
  const documentSchema = z.looseObject({
    openapi: z.literal('3.1.0'),
    paths: z.record(z.string(), z.record(z.string(), z.unknown())),
  });

  it('is valid OpenAPI 3.1, and its patterns are regular expressions', async () => {
    const { body } = await api.get('/api/v1/openapi.json');
    const result = await new Validator().validate(documentSchema.parse(body));
    expect(result).toEqual({ valid: true });
    const patterns = [...JSON.stringify(body).matchAll(/"pattern":("(?:[^"\\]|\\.)*")/gu)];
    expect(patterns.length).toBeGreaterThan(5);
    for (const [, pattern = ''] of patterns) expect(JSON.parse(pattern)).toMatch(/^\^.*\$$/u);
  });

  it('has every route and every method of it', async () => {
    const { paths } = documentSchema.parse((await api.get('/api/v1/openapi.json')).body);
    expect(Object.keys(paths).sort()).toEqual([
      '/api/v1/agents',
      '/api/v1/agents/validate',
      '/api/v1/agents/{name}',
      '/api/v1/agents/{name}/versions',
      '/api/v1/agents/{name}/versions/{version}',
      '/api/v1/calls',
      '/api/v1/calls/{callSid}',
      '/api/v1/calls/{callSid}/recording',
      '/api/v1/openapi.json',
    ]);
    for (const [path, operations] of Object.entries(paths)) {
      // Made by the router from what it routes.
      const answer = await api.ask('PATCH', path.replaceAll(/[{}]/gu, ''));
      expect(errorOf(answer).code).toBe('405 METHOD_NOT_ALLOWED');
      const methods = Object.keys(operations).map((method) => method.toUpperCase());
      expect([path, answer.headers.get('Allow')]).toEqual([path, methods.sort().join(', ')]);
    }
  });
});

describe('pnpm seed', () => {
  const run = promisify(execFile);
  const seed = async (...args: string[]) => {
    const env = { ...process.env, API_TOKEN: TOKEN };
    const script = `${ROOT}edge/seed/main.ts`;
    const options = { env, cwd: ROOT };
    const all = [script, '--json', '--url', edge.url, ...args];
    const { stdout } = await run(process.execPath, all, options).catch(
      (error: unknown) => error as { readonly stdout: string },
    );
    return outcomeSchema.parse(JSON.parse(stdout));
  };

  it('writes the agents that come with the edge, once', async () => {
    const created = await seed();
    expect(created.isGood).toBe(true);
    expect(created.results.map(({ name, outcome }) => [name, outcome])).toEqual([
      ['appointment-reminder', 'created'],
      ['clinic-receptionist', 'created'],
    ]);
    const again = await seed();
    expect(again.results.map(({ outcome, version }) => [outcome, version])).toEqual([
      ['unchanged', 1],
      ['unchanged', 1],
    ]);
    const file = readFileSync(`${ROOT}edge/agents/clinic-receptionist.json`, 'utf8');
    const { agent } = writtenOf(await api.get('/api/v1/agents/clinic-receptionist'));
    expect(agent).toMatchObject({
      instructions: z.looseObject({}).parse(JSON.parse(file))['instructions'],
    });
  });

  it('names what is wrong in a file, and writes nothing', async () => {
    const { isGood, results } = await seed(
      'edge/package.json',
      'edge/agents/clinic-receptionist.json',
    );
    expect(isGood).toBe(false);
    expect(results[0]?.problems.map(({ path }) => path)).toContain('instructions');
    expect(results[1]?.outcome).toBe('valid');
  });
});

const outcomeSchema = z.object({
  isGood: z.boolean(),
  results: z.array(
    z.object({
      name: z.string().optional(),
      outcome: z.string(),
      version: z.int().optional(),
      problems: z.array(z.object({ path: z.string(), message: z.string() })),
    }),
  ),
});

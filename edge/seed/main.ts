/** `pnpm seed`: the agents of edge/agents into a running edge. */

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { agentFiles, readAgentFiles, type AgentFile } from './agent-file.ts';
import { ApiClient, ApiError, type Written } from './api-client.ts';
import { parseSeedArguments, USAGE, type SeedArguments } from './arguments.ts';

const DEV_VARS = fileURLToPath(new URL('../.dev.vars', import.meta.url));

/** What became of one file. */
interface Result extends Omit<AgentFile, 'agent'> {
  readonly name?: string;
  readonly outcome: Written['outcome'] | 'valid' | 'failed';
  readonly version?: number;
}

process.exitCode = await main();

async function main(): Promise<number> {
  let wanted: SeedArguments;
  try {
    wanted = parseSeedArguments(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return 2;
  }
  if (wanted.isHelp) {
    process.stdout.write(USAGE);
    return 0;
  }
  const files = readAgentFiles(wanted.files.length === 0 ? agentFiles() : wanted.files);
  const results = await seed(files, wanted);
  const isGood = results.every(({ outcome }) => outcome !== 'failed');
  if (wanted.isJson) process.stdout.write(`${JSON.stringify({ isGood, results }, undefined, 2)}\n`);
  else for (const result of results) process.stdout.write(describe(result));
  return isGood ? 0 : 1;
}

/** Nothing is written while a file has a problem: half of a set of agents is worse than the old set. */
async function seed(files: readonly AgentFile[], wanted: SeedArguments): Promise<Result[]> {
  const isBroken = files.some(({ problems }) => problems.length > 0);
  if (isBroken || wanted.isDryRun) return files.map(checked);
  const token = readToken();
  const client = new ApiClient(wanted.url, token ?? '');
  const results: Result[] = [];
  for (const file of files) {
    if (token === undefined) results.push(failed(file, 'API_TOKEN is not set'));
    else results.push(await write(client, file));
  }
  return results;
}

async function write(client: ApiClient, file: AgentFile): Promise<Result> {
  const { agent } = file;
  if (agent === undefined) return checked(file);
  try {
    return { ...checked(file), ...(await client.put(agent)) };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { ...failed(file, error.message), problems: [whole(error.message), ...error.fields] };
  }
}

function checked({ file, agent, problems }: AgentFile): Result {
  return {
    file,
    ...(agent === undefined ? {} : { name: agent.name }),
    outcome: problems.length === 0 ? 'valid' : 'failed',
    problems,
  };
}

function failed(file: AgentFile, message: string): Result {
  return { ...checked(file), outcome: 'failed', problems: [whole(message)] };
}

function whole(message: string): { readonly path: string; readonly message: string } {
  return { path: '', message };
}

function describe({ file, name, outcome, version, problems }: Result): string {
  const what = name === undefined ? '' : ` ${name}`;
  const which = version === undefined ? '' : ` (version ${version})`;
  const lines = problems.map(
    ({ path, message }) => `  ${path === '' ? '' : `${path} `}${message}\n`,
  );
  return `${outcome.padEnd(9)} ${file}${what}${which}\n${lines.join('')}`;
}

function readToken(): string | undefined {
  const vars = existsSync(DEV_VARS) ? parseEnv(readFileSync(DEV_VARS, 'utf8')) : {};
  // A variable that is there but empty is one that was not filled in.
  return [process.env['API_TOKEN'], vars['API_TOKEN']].find(
    (token) => token !== undefined && token !== '',
  );
}

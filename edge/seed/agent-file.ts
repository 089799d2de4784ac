/** Agents as files: one JSON document each. */

import { globSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { agentSchema, type Agent } from '../src/agents/agent.ts';
import { fieldProblems, type FieldProblem } from '../src/agents/field-problem.ts';

const FOLDER = fileURLToPath(new URL('../agents/', import.meta.url));

/** A file: either the agent in it, or what is wrong. */
export interface AgentFile {
  readonly file: string;
  readonly agent?: Agent;
  readonly problems: readonly FieldProblem[];
}

/** The files that come with the edge. */
export function agentFiles(): string[] {
  return globSync('*.json', { cwd: FOLDER })
    .sort()
    .map((name) => relative(process.cwd(), `${FOLDER}${name}`));
}

/** All files; a name that two of them have is a problem of the second. */
export function readAgentFiles(files: readonly string[]): AgentFile[] {
  const names = new Map<string, string>();
  return files.map((file) => {
    const read = readAgentFile(file);
    if (read.agent === undefined) return read;
    const first = names.get(read.agent.name);
    names.set(read.agent.name, first ?? file);
    if (first === undefined) return read;
    return { file, problems: [{ path: 'name', message: `is the name in ${first} too` }] };
  });
}

function readAgentFile(file: string): AgentFile {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    return { file, problems: [{ path: '', message: `cannot be read: ${sentence(error)}` }] };
  }
  const parsed = agentSchema.safeParse(value);
  if (parsed.success) return { file, agent: parsed.data, problems: [] };
  return { file, problems: fieldProblems(parsed.error.issues) };
}

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

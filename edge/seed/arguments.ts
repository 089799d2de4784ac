/** The command line of `pnpm seed`. */

import { parseArgs } from 'node:util';
import { isPrivateHost } from '@patchcord/shared/private-host';

export const USAGE = `pnpm seed [-- options] [FILE …]

Checks agents (edge/agents/*.json, or the files named) and writes those that differ to a running edge.

options
  --url URL    where the edge is (http://127.0.0.1:8787)
  --dry-run    check the files only; nothing is asked and nothing is written
  --json       print the outcome as JSON, and nothing else on standard output
  --help       print this

API_TOKEN is taken from the environment, else from edge/.dev.vars.
Exit code 0: every agent is as its file says; 1: a file or the edge has a problem; 2: the command line has one.
`;

export interface SeedArguments {
  readonly url: string;
  readonly files: readonly string[];
  readonly isDryRun: boolean;
  readonly isJson: boolean;
  readonly isHelp: boolean;
}

/** Throws with a sentence for the person who typed it. */
export function parseSeedArguments(args: readonly string[]): SeedArguments {
  const { values, positionals } = parseArgs({
    args: args.filter((arg) => arg !== '--'),
    allowPositionals: true,
    options: {
      url: { type: 'string', default: 'http://127.0.0.1:8787' },
      'dry-run': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (!isEdgeUrl(values.url)) {
    throw new Error(
      `--url must be an https URL, or http for a private address, got \`${values.url}\``,
    );
  }
  return {
    url: values.url.replace(/\/+$/, ''),
    files: positionals,
    isDryRun: values['dry-run'],
    isJson: values.json,
    isHelp: values.help,
  };
}

/** The token travels with every request. */
function isEdgeUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || (protocol === 'http:' && isPrivateHost(hostname));
}

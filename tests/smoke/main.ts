/** `pnpm smoke [azure|openrouter|elevenlabs]`: verifies each provider with the owner's own key, in a minute. */

import { parseArgs } from 'node:util';
import { type Check, type ProviderName, PROVIDERS, type ProviderReport } from './check.ts';
import { DEV_VARS, KEY_VARIABLES, readVars } from './keys.ts';
import { smoke } from './smoke.ts';

const USAGE = `pnpm smoke [azure|openrouter|elevenlabs ...] [options]

Verifies providers with your keys: runs the edge's own adapters in workerd against the real services and prints
what held and how fast it was. All three where none is named. Costs a few cents at most.

Keys are read from ${DEV_VARS} (copy edge/.dev.vars.example): AZURE_SPEECH_KEY and AZURE_SPEECH_REGION,
OPENROUTER_API_KEY, ELEVENLABS_API_KEY. Keys are never printed. Azure is given speech of ElevenLabs where that key
is there, of espeak-ng where that is installed, and otherwise silence, which leaves most of it unchecked.
Each provider is also asked once with a key that is wrong on purpose, to see how it refuses.

options
  --vars FILE   read variables from FILE
  --standins    run the same checks against the stand-ins of tests/standins; needs no key
  --json        print JSON
  --help        print this

exit codes
  0 no cross   1 a cross, or a failure   2 no key for any of the providers, or wrong usage
`;

const MARKS: Readonly<Record<Check['state'], string>> = { good: '✓', bad: '✗', unchecked: '–' };

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const isUsage =
    error instanceof Error && 'code' in error && /PARSE_ARGS/.test(String(error.code));
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = isUsage ? 2 : 1;
}

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: args.filter((arg) => arg !== '--'),
    allowPositionals: true,
    options: {
      vars: { type: 'string' },
      standins: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const unknown = positionals.find((name) => !PROVIDERS.some((known) => known === name));
  if (unknown !== undefined) {
    process.stderr.write(`there is no provider \`${unknown}\`\n\n${USAGE}`);
    return 2;
  }
  const providers = PROVIDERS.filter(
    (name) => positionals.length === 0 || positionals.includes(name),
  );
  const reports = await smoke({
    providers,
    vars: readVars(values.vars),
    isStandins: values.standins,
    onBegin: (name, note) => {
      if (!values.json) process.stdout.write(`${name}${note === '' ? '' : ` (${note})`} ...\n`);
    },
  });
  const missing = providers.filter((name) => !reports.some(({ provider }) => provider === name));
  const isGood = reports.every(({ checks }) => checks.every(({ state }) => state !== 'bad'));
  if (values.json) {
    const keysMissing = missing.map((name) => KEY_VARIABLES[name]);
    process.stdout.write(
      `${JSON.stringify({ ok: isGood && reports.length > 0, standins: values.standins, keysMissing, reports }, undefined, 2)}\n`,
    );
  } else {
    process.stdout.write(format(reports, missing));
  }
  if (reports.length === 0) return 2;
  return isGood ? 0 : 1;
}

function format(reports: readonly ProviderReport[], missing: readonly ProviderName[]): string {
  const tables = reports.map(({ provider, checks }) => {
    const width = Math.max(...checks.map(({ name }) => name.length));
    const rows = checks.map(
      ({ name, state, detail }) => `  ${MARKS[state]} ${name.padEnd(width)}   ${detail}\n`,
    );
    return `\n${provider}\n${rows.join('')}`;
  });
  const hints = missing.map(
    (name) => `${name}: not verified, set ${KEY_VARIABLES[name]} in ${DEV_VARS}\n`,
  );
  return `${tables.join('')}${reports.length > 0 && hints.length > 0 ? '\n' : ''}${hints.join('')}`;
}

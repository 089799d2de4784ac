/**
 * `docs/conformance.md`, from the rules.
 *
 * `node tests/conformance/page.ts` prints it, `--write` writes it. What it says of a rule is what the test runner demands: a rule
 * that passes must pass, one that deviates must fail.
 */

import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ENDS } from './ends.ts';
import { FROM_HANDLER } from './from-handler.ts';
import { MESSAGES } from './messages.ts';
import { REST } from './rest.ts';
import type { Rule, Section } from './rule.ts';
import { STATUS_CALLBACKS } from './status-callbacks.ts';
import { STREAM_CALLBACKS } from './stream-callbacks.ts';
import { STREAM_ERRORS } from './stream-errors.ts';
import { TIMING } from './timing.ts';
import { TRANSPORT } from './transport.ts';
import { TWIML } from './twiml.ts';
import { VOICE_WEBHOOK } from './voice-webhook.ts';

export const PAGE_FILE = new URL('../../docs/conformance.md', import.meta.url);

export const SECTIONS: readonly Section[] = [
  TRANSPORT,
  MESSAGES,
  TIMING,
  FROM_HANDLER,
  STREAM_ERRORS,
  ENDS,
  TWIML,
  STREAM_CALLBACKS,
  VOICE_WEBHOOK,
  STATUS_CALLBACKS,
  REST,
];

const HEAD = `# Conformance

What is known of Twilio's wire, rule by rule, and whether the relay keeps it. Made from the tests in \`tests/conformance\` by
\`node tests/conformance/page.ts --write\`; a test fails when it is stale. The rules are tried on the real relay: a simulated PBX, sockets on
loopback, a handler that keeps every byte, Twilio's own Node SDK 6.2.0 for REST and for signatures.

**Source**: D1 to D6 pages of Twilio's documentation (websocket messages; TwiML Stream; Media Streams overview; Streams subresource; Twilio's
request to your application; Call resource), E error pages, C1 to C8 captures of real traffic, S the Node SDK, O the OpenAPI description, R seen with
real handlers. INFERRED: concluded from these, not seen. UNKNOWN: nobody outside Twilio knows. **Option**: what \`DIALECT\` changes it with.

**Test**: *call*: a whole call; *REST*: the REST interface alone; *core*: the part of the relay that decides it.
`;

/** The whole page. */
export function renderPage(): string {
  const rules = SECTIONS.flatMap((section) => section.rules);
  const count = (isCounted: (rule: Rule) => boolean): number => rules.filter(isCounted).length;
  const passing = count((rule) => rule.test !== undefined && rule.deviation === undefined);
  const deviating = count(({ deviation }) => deviation !== undefined);
  const inferred = count(({ source }) => source.includes('INFERRED'));
  const open = count(({ test }) => test === undefined);
  const sums = `\n${rules.length} rules: ${passing} kept, ${deviating} not kept, ${open} not tested. ${inferred} are INFERRED.\n`;
  return HEAD + sums + SECTIONS.map(renderSection).join('');
}

function renderSection({ title, file, rules }: Section): string {
  const rows = rules.map(
    (rule) =>
      `| ${rule.id} | ${cell(rule.rule)} | ${rule.source} | ${rule.option === undefined ? '' : `\`${rule.option}\``} | ${testOf(rule)} | ${cell(resultOf(rule))} |\n`,
  );
  const link = `[tests/conformance/${file}](../tests/conformance/${file})`;
  const head =
    '|  | Rule | Source | Option | Test | Result |\n| --- | --- | --- | --- | --- | --- |\n';
  return `\n## ${title}\n\n${link}\n\n${head}${rows.join('')}`;
}

function testOf({ test, on }: Rule): string {
  return test === undefined ? '' : (on ?? 'call');
}

function resultOf({ test, deviation, note }: Rule): string {
  const result =
    deviation !== undefined ? `**no**: ${deviation}` : test === undefined ? 'not tested' : 'yes';
  return note === undefined ? result : `${result}. ${note}`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

if (import.meta.main) {
  if (process.argv.includes('--write')) writeFileSync(fileURLToPath(PAGE_FILE), renderPage());
  else process.stdout.write(renderPage());
}

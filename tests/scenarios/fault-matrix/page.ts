/**
 * `docs/faults.md`, made from a run of the matrix.
 *
 * `node tests/scenarios/fault-matrix/page.ts` prints it, `--write` writes it; that takes a minute or two.
 */

import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { wireCells, WIRE_PHASES, type WireCell } from '../../edge/fault-cells.ts';
import type { FaultInput } from '../../standins/faults.ts';
import { FAULT_TITLES, FAULTS, STAGES, type FaultName, type Stage } from './faults.ts';
import { phasesOf, playStage, SILENCE_MS_MAX, type Cell } from './matrix.ts';
import { PHASES } from './phases.ts';

export const PAGE_FILE = new URL('../../../docs/faults.md', import.meta.url);

const STAGE_TITLES: Readonly<Record<Stage, string>> = {
  stt: 'Speech recognition (Azure)',
  llm: 'The language model (OpenRouter)',
  tts: 'The voice (ElevenLabs)',
  tool: "Tools (the operator's own endpoints)",
};

const HEAD = `# What the caller hears when a provider fails

Whatever fails, the caller is never left in silence for more than ${SILENCE_MS_MAX / 1000} s, counted from his last sound or from where the agent's voice broke
off. Then he hears the answer, a word that bridges the wait, an apology, or that something is broken; or the stream ends in order, and the next
TwiML verb speaks: that is where a person or another number belongs. No call is left hanging, nothing stays open, every fault is recorded with the
call by its code.

In short:

- **Speech recognition** is opened again, with what was said meanwhile, in the next region where there is one. Where one says nothing of what was said,
  not even that there is no word in it, another one is asked beside it 0.8 s after the last sound. Where not a word comes of that either the agent asks
  to say it again, also after a single short sound (once in a call where it was a cough: [conversation.md](conversation.md#hearing-hearing)); of a sentence that broke off and that
  nobody else understands, what there is of it is answered 1.5 s after the last sound: the model can ask for the rest. The third
  time it says that something is broken, and the call is handed on.
- **The language model** is asked again, or the next one is; an answer that broke off goes on with the next word. Openers ("Okay,") and fillers
  ("One moment please.") bridge the wait. Where nobody answers: the apology, and after three of them the failure phrase.
- **The voice** goes on over HTTP, then with the next voice. Where none can be had the failure phrase comes from the cache and the call is handed on.
- **A wrong key, and credit that is spent,** are not tried again: the failure phrase, then the next verb.
- **A tool** that fails is told to the model, and it is the model that tells the caller.

Made from the tests in \`tests/scenarios/fault-matrix\` by \`node tests/scenarios/fault-matrix/page.ts --write\`; tests fail when it is stale. Every cell
is some eight whole calls through the core in virtual time: once (_once_) and from then on (_for good_); no fall-backs, one, or several; with the
agent's phrases in the cache and, as in the first call of all, without; with defaults as in [cloudflare.md](cloudflare.md). What is heard is that of an
agent without fall-backs whose phrases are in the cache. The figure is the longest silence of **all** of them, to the end of the call, in
milliseconds. A request that is refused, where one is under way, is: its connection breaks, and the next one is refused.

_next verb_: the stream ends and the TwiML goes on.
`;

const CODES = `
## Codes told apart

What comes of a provider is translated once, in \`edge/src/providers\`; the conversation decides by the code alone. [errors.md](errors.md) has what to do about each.

| At the provider | Speech recognition | Language model | Voice | Tried again |
| --- | --- | --- | --- | --- |
| no connection, 408, 5xx | \`STT_UNAVAILABLE\` | \`LLM_UNAVAILABLE\` | \`TTS_UNAVAILABLE\` | yes |
| 401; 403 of STT and TTS | \`STT_AUTH\` | \`LLM_AUTH\` | \`TTS_AUTH\` | only another region |
| 402; a quota that is spent, also where the status is 401 | \`STT_QUOTA\` | \`LLM_QUOTA\` | \`TTS_QUOTA\` | only another region |
| 429, too many at once | \`STT_RATE_LIMITED\` | \`LLM_RATE_LIMITED\` | \`TTS_RATE_LIMITED\` | yes |
| another 4xx | \`STT_BAD_REQUEST\` | \`LLM_BAD_REQUEST\` | \`TTS_BAD_REQUEST\` | another region, model, way |
| breaks off, garbage | \`STT_UNAVAILABLE\` | \`LLM_BROKEN\` | \`TTS_UNAVAILABLE\`, \`TTS_BROKEN\` | yes |
| silence | \`STT_DEAF\` | \`LLM_TIMEOUT\` | \`TTS_TIMEOUT\` | yes |
| nothing | | \`LLM_EMPTY\` | \`TTS_BROKEN\` | yes |
`;

/** One stage: a table of faults and phases, and why some cells are empty. */
export function renderStage(stage: Stage, cells: readonly Cell[]): string {
  const phases = phasesOf(stage);
  const head = `|  | ${phases.map(({ title }) => title).join(' | ')} |\n|${' --- |'.repeat(phases.length + 1)}\n`;
  const rows = FAULTS.map((fault) =>
    renderRow(
      fault,
      cells.filter((cell) => cell.fault === fault),
    ),
  );
  const absent = PHASES.flatMap(({ title, impossible }) => {
    const reason = impossible[stage];
    return reason === undefined ? [] : [`- ${title}: ${reason}`];
  });
  const reasons = absent.length === 0 ? '' : `\nNot possible:\n\n${absent.join('\n')}\n`;
  return `\n## ${STAGE_TITLES[stage]}\n\n${head}${rows.join('')}${reasons}`;
}

function renderRow(fault: FaultName, cells: readonly Cell[]): string {
  return `| **${FAULT_TITLES[fault]}** | ${cells.map(renderCell).join(' | ')} |\n`;
}

function renderCell({ runs }: Cell): string {
  const longestMs = Math.max(...runs.map(({ outcome }) => outcome.silenceMs));
  const [once, all] = runs.map(({ outcome }) => outcome.heard.join(', '));
  const isTool = runs[0]?.extent === 'all';
  const heard = isTool || once === all ? `${once}` : `once: ${once}<br>for good: ${all}`;
  return `${heard}<br>${longestMs}`;
}

const WIRE = `
## On the wire

The same faults once more, but for those of tools, by stand-ins that do to their sockets what is written here, on the Worker in workerd, from the
socket of the caller (\`tests/edge/fault-cells.ts\`). In each: no silence of ${SILENCE_MS_MAX / 1000} s; the next question is answered, or the stream is closed with 1000
\`provider-failure\`; the call's record says so, with the code. There are no clips in these calls and no fall-backs: it is the worst case.
Azure's SDK connects again by itself, so what passes is noticed by nobody; a service that stays away is in \`tests/edge/faults.test.ts\`.
`;

/** What is asserted of the Worker in workerd; how long it takes there is no two times the same. */
function renderWire(): string {
  const tables = (['stt', 'llm', 'tts'] as const).map((stage) => {
    const rows = wireCells(stage).map((cell) => {
      const { phase, fault, plans, lasting, codes, isOneWord, isSlow } = cell;
      const title = FAULTS.find((name) => name === fault);
      const met =
        codes.map((code) => `\`${code}\``).join(' or ') + (isSlow === true ? ' or none' : '');
      const forGood = lasting === undefined ? [] : [`${planText(lasting)} for good`];
      const sent = [...plans.map(planText), ...forGood].join(', then ');
      const outcome = outcomeOf(cell);
      const name = title === undefined ? fault : FAULT_TITLES[title];
      return `| ${name}${isOneWord === true ? ', and he says one word' : ''} | ${WIRE_PHASES[stage][phase] ?? ''} | ${sent} | ${met} | ${outcome} |\n`;
    });
    const head = '| Fault | When | The stand-in | Code | Then |\n| --- | --- | --- | --- | --- |\n';
    return `\n### ${STAGE_TITLES[stage]}\n\n${head}${rows.join('')}`;
  });
  return WIRE + tables.join('');
}

function outcomeOf({ isFinal }: WireCell): string {
  return isFinal ? 'the call is handed on' : 'the call goes on';
}

function planText(plan: FaultInput): string {
  const { kind, ...rest } = plan;
  const details = Object.entries(rest).map(([name, value]) => ` ${name} ${value}`);
  return `${kind}${details.join(',')}`;
}

/** What is written, and not measured. */
export function renderFrame(): readonly string[] {
  return [HEAD, CODES, renderWire()];
}

function renderPage(): string {
  const stages = STAGES.map((stage) => renderStage(stage, playStage(stage)));
  const [head = '', ...rest] = renderFrame();
  return head + stages.join('') + rest.join('');
}

if (import.meta.main) {
  if (process.argv.includes('--write')) writeFileSync(fileURLToPath(PAGE_FILE), renderPage());
  else process.stdout.write(renderPage());
}

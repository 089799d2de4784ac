/**
 * `docs/states.md`, drawn from the tables that the programs run by.
 *
 * `node tests/docs/states.ts` prints it, `--write` writes it.
 */

import { writeFileSync } from 'node:fs';
import { TRANSITIONS as FLOOR_TRANSITIONS } from '@patchcord/edge/src/call/core/floor.ts';
import { ANSWER_TRANSITIONS } from '@patchcord/edge/src/call/core/answering/answer.ts';
import { CIRCUIT_TRANSITIONS } from '@patchcord/edge/src/providers/circuit.ts';
import { AMD_TRANSITIONS } from '@patchcord/relay/core/amd/machine';
import { PROGRESS_TRANSITIONS } from '@patchcord/relay/core/call/progress';
import { CALL_TRANSITIONS } from '@patchcord/relay/core/call/machine';

export const STATES_FILE = new URL('../../docs/states.md', import.meta.url);

type Table = Readonly<Record<string, Readonly<Partial<Record<string, string>>>>>;

interface Machine {
  readonly title: string;
  readonly source: string;
  readonly note: string;
  readonly table: Table;
}

const MACHINES: readonly Machine[] = [
  {
    title: 'A call in the relay',
    source: 'relay/src/core/call/machine.ts',
    note: 'An event that a state does not list is a late answer of work that is no longer wanted; it changes nothing.',
    table: CALL_TRANSITIONS,
  },
  {
    title: 'What status callbacks say of a call',
    source: 'relay/src/core/call/progress.ts',
    note: 'Every status is an event here: the call is that now. What cannot follow changes nothing.',
    table: Object.fromEntries(
      Object.entries(PROGRESS_TRANSITIONS).map(([status, next]) => [
        status,
        Object.fromEntries(next.map((each) => [each, each])),
      ]),
    ),
  },
  {
    title: 'Who has answered: MachineDetection=DetectMessageEnd',
    source: 'relay/src/core/amd/machine.ts',
    note: '`Enable` is the same without `greeting`: a long speech decides.',
    table: targetsOf(AMD_TRANSITIONS.DetectMessageEnd),
  },
  {
    title: 'Who has the floor, in the edge',
    source: 'edge/src/call/core/floor.ts',
    note: 'An event that a state does not list is a bug: it throws, `CALL_BUG` is logged and the next TwiML verb runs.',
    table: FLOOR_TRANSITIONS,
  },
  {
    title: 'Who has answered a call of ours, in the edge',
    source: 'edge/src/call/core/answering/answer.ts',
    note: 'An event that a state does not list means nothing there.',
    table: targetsOf(ANSWER_TRANSITIONS),
  },
  {
    title: 'Whether an endpoint of a provider is asked, in the edge',
    source: 'edge/src/providers/circuit.ts',
    note: 'Three failures in a row, or the endpoint itself, `trip` it; `try` is the one request that finds out.',
    table: CIRCUIT_TRANSITIONS,
  },
];

/** Where each event leads, without what is done on the way. */
function targetsOf(
  table: Readonly<Record<string, Readonly<Partial<Record<string, { readonly next: string }>>>>>,
): Table {
  return Object.fromEntries(
    Object.entries(table).map(([state, events]) => [
      state,
      Object.fromEntries(Object.entries(events).map(([event, step]) => [event, step?.next])),
    ]),
  );
}

/** The whole document. */
export function renderStates(): string {
  const head =
    '# States\n\nDrawn from the tables in the sources by `node tests/docs/states.ts --write`; a test fails when it is stale.\n';
  return `${head}${MACHINES.map(renderMachine).join('')}`;
}

function renderMachine({ title, source, note, table }: Machine): string {
  const link = `[${source}](../${source})`;
  return `\n## ${title}\n\n${link}. ${note}\n\n\`\`\`mermaid\n${drawDiagram(table)}\`\`\`\n`;
}

/** The first state of the table is where it begins; a state without a way out is where it ends. */
function drawDiagram(table: Table): string {
  const states = Object.entries(table);
  const lines = states.flatMap(([state, transitions]) => {
    const arrows = [...eventsByTarget(transitions)].map(
      ([target, events]) => `${idOf(state)} --> ${idOf(target)}: ${events.join(', ')}`,
    );
    return arrows.length === 0 ? [`${idOf(state)} --> [*]`] : arrows;
  });
  const names = states.map(([state]) => `state "${state}" as ${idOf(state)}`);
  const all = [...names, `[*] --> ${idOf(states[0]?.[0] ?? '')}`, ...lines];
  return `stateDiagram-v2\n${all.map((line) => `    ${line}\n`).join('')}`;
}

function eventsByTarget(transitions: Table[string]): Map<string, string[]> {
  const targets = new Map<string, string[]>();
  for (const [event, target] of Object.entries(transitions)) {
    if (target === undefined) continue;
    targets.set(target, [...(targets.get(target) ?? []), event]);
  }
  return targets;
}

/** Mermaid's names have no hyphens. */
function idOf(state: string): string {
  return state.replaceAll('-', '_');
}

if (import.meta.main) {
  if (process.argv.includes('--write')) writeFileSync(STATES_FILE, renderStates());
  else process.stdout.write(renderStates());
}

/**
 * Header values of tools, which hold keys: they are never answered, only taken.
 *
 * What an operator gets is `***` in their place. Sent back, it stands for the value that is stored, so that an agent can
 * be read, changed and written.
 */

import type { Agent } from './agent.ts';
import type { FieldProblem } from './field-problem.ts';
import type { Tool } from './tool.ts';

export const MASK = '***';

/** Headers that name no secret. */
const PUBLIC_HEADERS: ReadonlySet<string> = new Set([
  'accept',
  'accept-language',
  'content-type',
  'user-agent',
]);

/** A reference and no more than a word before it, such as `Bearer {{secret.CRM_KEY}}`; or a variable. */
const REFERENCE = /^(?:(?:Basic|Bearer|Token) )?\{\{ *[\w.]+ *\}\}$/u;

type Headers = Readonly<Record<string, string>>;

/** The agent as it may be answered. */
export function maskAgent(agent: Agent): Agent {
  return withHeaders(agent, (headers) =>
    mapValues(headers, (name, value) => {
      const isShown = PUBLIC_HEADERS.has(name.toLowerCase()) || REFERENCE.test(value);
      return isShown ? value : MASK;
    }),
  );
}

/**
 * The agent with the values of `stored` in place of masks: of the tool and header with the same names. The key of one
 * tool must not go to another address, so a new URL wants a new value. Masks without a value are problems.
 */
export function unmaskAgent(
  agent: Agent,
  stored: Agent | undefined,
): { readonly agent: Agent; readonly problems: readonly FieldProblem[] } {
  const problems: FieldProblem[] = [];
  const unmasked = withHeaders(agent, (headers, tool, index) => {
    const known = headersOf(
      stored?.tools.find(({ name }) => name === tool.name),
      tool.url,
    );
    return mapValues(headers, (name, value) => {
      if (value !== MASK) return value;
      const before = Object.hasOwn(known, name) ? known[name] : undefined;
      if (before !== undefined) return before;
      const message = `${MASK} stands for a value that is stored already; there is none`;
      problems.push({ path: `tools[${index}].headers.${name}`, message });
      return value;
    });
  });
  return { agent: unmasked, problems };
}

/** Whether something is hidden in the agent as it is answered. */
export function hasMask(agent: Agent): boolean {
  return agent.tools.some(
    (tool) => tool.kind !== 'builtin' && Object.values(tool.headers).includes(MASK),
  );
}

type CallingTool = Exclude<Tool, { kind: 'builtin' }>;

function headersOf(tool: Tool | undefined, url: string): Headers {
  if (tool === undefined || tool.kind === 'builtin') return {};
  return originOf(tool.url) === originOf(url) ? tool.headers : {};
}

function originOf(url: string): string {
  return /^[^/]*\/\/[^/?#]*/u.exec(url)?.[0].toLowerCase() ?? url;
}

function withHeaders(
  agent: Agent,
  change: (headers: Headers, tool: CallingTool, index: number) => Record<string, string>,
): Agent {
  const tools = agent.tools.map((tool, index) =>
    tool.kind === 'builtin' ? tool : { ...tool, headers: change(tool.headers, tool, index) },
  );
  return { ...agent, tools };
}

function mapValues(
  record: Headers,
  change: (name: string, value: string) => string,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(record).map(([name, value]) => [name, change(name, value)]),
  );
}

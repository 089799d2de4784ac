/** OpenRouter through the edge's adapter. */

import type { Message } from '@patchcord/edge/src/call/core/contract.ts';
import type { Subject } from '../subject.ts';
import { faultOf } from '@patchcord/edge/src/providers/error.ts';
import { Findings, type ProviderReport } from '../check.ts';

const ANSWER_MS_MAX = 20_000;
/** An abort that takes longer leaves the old answer running beside the next one. */
const ABORT_MS_MAX = 1000;

interface Answer {
  readonly firstMs: number | undefined;
  readonly text: string;
  readonly tools: readonly string[];
  /** How it failed; undefined where it did not. */
  readonly problem: string | undefined;
}

/** `wrong` has a key that no account has. */
export async function checkOpenRouter(subject: Subject, wrong: Subject): Promise<ProviderReport> {
  const findings = new Findings('openrouter');
  const first = await ask(subject, [user('Good morning. Are you open today?')]);
  const isAccepted = first.problem === undefined;
  findings.add('key and model accepted', isAccepted, first.problem ?? 'yes');
  if (!isAccepted) return findings.report();
  findings.time('first token, new connection', first.firstMs);
  findings.add('text', first.text !== '', `${first.text.length} characters`);

  const second = await ask(subject, [
    { role: 'system', content: 'When the caller is done, say goodbye and call end_call.' },
    user('That is all. Goodbye!'),
  ]);
  findings.time('first token, again', second.firstMs);
  const isCalled = second.tools.includes('end_call');
  const why = second.problem ?? 'the model did not call it: consider another AGENT_MODEL';
  findings.add('tool call', isCalled, isCalled ? 'end_call' : why);

  await examineAbort(findings, subject);

  const refused = await ask(wrong, [user('Hello.')]);
  const isAuth = refused.problem?.startsWith('LLM_AUTH') === true;
  findings.add('a wrong key is LLM_AUTH', isAuth, refused.problem ?? 'it was accepted');
  return findings.report();
}

function user(content: string): Message {
  return { role: 'user', content };
}

async function ask({ providers, model }: Subject, messages: readonly Message[]): Promise<Answer> {
  const askedAt = Date.now();
  const tools: string[] = [];
  let firstMs: number | undefined;
  let text = '';
  let problem: string | undefined;
  try {
    const signal = AbortSignal.timeout(ANSWER_MS_MAX);
    for await (const event of providers.llm.stream({ model, messages }, signal)) {
      firstMs ??= Date.now() - askedAt;
      if (event.kind === 'text') text += event.text;
      else if (event.kind === 'tool-call') tools.push(event.call.name);
    }
  } catch (error) {
    problem = describe(error);
  }
  return { firstMs, text, tools, problem };
}

async function examineAbort(findings: Findings, { providers, model }: Subject): Promise<void> {
  const abort = new AbortController();
  let abortedAt: number | undefined;
  let eventsAfter = 0;
  let problem = 'nothing came that could be aborted';
  const messages = [user('Count from one to two hundred in words, without stopping.')];
  try {
    for await (const event of providers.llm.stream({ model, messages }, abort.signal)) {
      if (abortedAt !== undefined) eventsAfter++;
      else if (event.kind === 'text') {
        abortedAt = Date.now();
        abort.abort();
      }
    }
  } catch (error) {
    problem = describe(error);
  }
  if (abortedAt === undefined) return void findings.add('abort', false, problem);
  const tookMs = Date.now() - abortedAt;
  const isGood = tookMs < ABORT_MS_MAX;
  findings.add('abort', isGood, `over after ${tookMs} ms, ${eventsAfter} pieces came meanwhile`);
}

/** Code and words of the adapter's own error, which holds no secrets. */
function describe(error: unknown): string {
  const { code, message } = faultOf(error, 'LLM_BROKEN');
  return `${code}: ${message}`;
}

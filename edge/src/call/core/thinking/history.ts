/**
 * What the language model is told of the conversation: what the caller said, what the caller *heard* of the agent, and
 * what tools answered.
 *
 * Audio that never played leaves nothing. Two utterances of the caller in a row (the agent was cut off before it could be
 * heard) become one message, as the models expect turns to alternate.
 */

import type { Message, ToolCall } from '../contract.ts';
import { joinTexts } from '../language/scripts.ts';

export interface HistoryOptions {
  /** Older entries than these are forgotten; so are those that exceed `charsMax` together. */
  readonly messagesMax: number;
  readonly charsMax: number;
}

export interface ToolAnswer {
  readonly call: ToolCall;
  readonly result: string;
}

type Entry =
  | { readonly kind: 'caller'; readonly text: string }
  /** Asked anew each time: the last marks of an utterance may still be on their way. */
  | { readonly kind: 'agent'; readonly heard: () => string }
  /** With what was said before them in the same turn. */
  | { readonly kind: 'tools'; readonly answers: readonly ToolAnswer[] };

export class History {
  readonly #options: HistoryOptions;
  #entries: Entry[] = [];

  constructor(options: HistoryOptions) {
    this.#options = options;
  }

  addCaller(text: string): void {
    if (text.trim() !== '') this.#add({ kind: 'caller', text: text.trim() });
  }

  /** `heard` answers an exact beginning of what the agent said; nothing heard, nothing told. */
  addAgent(heard: () => string): void {
    this.#add({ kind: 'agent', heard });
  }

  addTools(answers: readonly ToolAnswer[]): void {
    if (answers.length > 0) this.#add({ kind: 'tools', answers });
  }

  /** The caller's last words are not his last: they come back as part of more. */
  takeBackCaller(): void {
    if (this.#entries.at(-1)?.kind === 'caller') this.#entries.pop();
  }

  /** Recognition has thought better of the caller's last words. */
  amendCaller(text: string): void {
    const index = this.#entries.findLastIndex(({ kind }) => kind === 'caller');
    if (index >= 0) this.#entries[index] = { kind: 'caller', text };
  }

  /** As if the caller had said `text` next. */
  messagesWith(text: string): readonly Message[] {
    const messages = [...this.messages()];
    say(messages, 'user', text.trim());
    return messages;
  }

  messages(): readonly Message[] {
    const messages: Message[] = [];
    for (const entry of this.#entries) {
      switch (entry.kind) {
        case 'caller':
          say(messages, 'user', entry.text);
          break;
        case 'agent':
          say(messages, 'assistant', entry.heard().trim());
          break;
        case 'tools':
          messages.push(...toolMessages(entry.answers, ''));
          break;
      }
    }
    return messages;
  }

  #add(entry: Entry): void {
    this.#entries.push(entry);
    const { messagesMax, charsMax } = this.#options;
    let chars = this.#entries.reduce((sum, each) => sum + charsOf(each), 0);
    const isTooMuch = (): boolean =>
      this.#entries.length > messagesMax || (chars > charsMax && this.#entries.length > 1);
    while (isTooMuch()) {
      const first = this.#entries.shift();
      if (first !== undefined) chars -= charsOf(first);
    }
  }
}

/** A round of tools as the models want it: the calls, with the text before them, and one message for each result. */
export function toolMessages(answers: readonly ToolAnswer[], text: string): readonly Message[] {
  return [
    { role: 'assistant', content: text, toolCalls: answers.map(({ call }) => call) },
    ...answers.map(({ call, result }) => ({
      role: 'tool' as const,
      toolCallId: call.id,
      content: result,
    })),
  ];
}

function say(messages: Message[], role: 'user' | 'assistant', content: string): void {
  if (content === '') return;
  const last = messages.at(-1);
  const isSame = last?.role === role && !('toolCalls' in last);
  if (last !== undefined && isSame) {
    messages[messages.length - 1] = { role, content: joinTexts(last.content, content) };
  } else {
    messages.push({ role, content });
  }
}

function charsOf(entry: Entry): number {
  switch (entry.kind) {
    case 'caller':
      return entry.text.length;
    case 'agent':
      return entry.heard().length;
    case 'tools':
      return entry.answers.reduce((sum, { result }) => sum + result.length, 0);
  }
}

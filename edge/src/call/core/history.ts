/**
 * What the language model is told of the conversation: what the caller said and what the caller *heard* of the agent.
 *
 * Audio that never played leaves nothing. Two utterances of the caller in a row (the agent was cut off before it could be
 * heard) become one message, as the models expect turns to alternate.
 */

import type { Message } from './contract.ts';
import { joinTexts } from './scripts.ts';

export interface HistoryOptions {
  /** Older messages than these are forgotten; so are those that exceed `charsMax` together. */
  readonly messagesMax: number;
  readonly charsMax: number;
}

export class History {
  readonly #options: HistoryOptions;
  #entries: Message[] = [];

  constructor(options: HistoryOptions) {
    this.#options = options;
  }

  addCaller(text: string): void {
    this.#add('user', text);
  }

  /** `heard` is an exact beginning of what the agent said; nothing heard, nothing kept. */
  addAgent(heard: string): void {
    this.#add('assistant', heard);
  }

  messages(): readonly Message[] {
    return this.#entries;
  }

  #add(role: 'user' | 'assistant', text: string): void {
    const content = text.trim();
    if (content === '') return;
    const last = this.#entries.at(-1);
    if (last?.role === role) {
      this.#entries[this.#entries.length - 1] = { role, content: joinTexts(last.content, content) };
    } else {
      this.#entries.push({ role, content });
    }
    this.#forget();
  }

  #forget(): void {
    const { messagesMax, charsMax } = this.#options;
    let chars = this.#entries.reduce((sum, entry) => sum + entry.content.length, 0);
    while (this.#entries.length > messagesMax || (chars > charsMax && this.#entries.length > 1)) {
      chars -= this.#entries.shift()?.content.length ?? 0;
    }
  }
}

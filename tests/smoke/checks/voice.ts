/** Listens to one connection of a voice: what came for each context, and when. */

import type { Subject } from '../subject.ts';
import type { Fault } from '@patchcord/edge/src/call/core/faults.ts';
import type { Tts } from '@patchcord/edge/src/providers/tts.ts';
import { until } from '../waiting.ts';

const ANSWER_MS_MAX = 10_000;
/** Without a word about the end, silence is the end. */
const SILENCE_MS = 1500;

export interface Utterance {
  readonly askedAt: number;
  readonly text: string;
  firstAudioAt: number | undefined;
  lastAudioAt: number;
  readonly mulaw: number[];
  /** Characters whose times came with the audio. */
  aligned: string;
  /** End of the last of them. */
  alignedMs: number;
  isDone: boolean;
}

export class Voice {
  readonly tts: Tts;
  fault: Fault | undefined;
  readonly #utterances = new Map<string, Utterance>();

  constructor({ providers, language }: Subject, transport: 'socket' | 'http') {
    this.tts = providers.openTts(
      { transport, voice: 0, language },
      {
        onAudio: (contextId, mulaw, alignment) => {
          const utterance = this.#utterances.get(contextId);
          if (utterance === undefined) return;
          utterance.firstAudioAt ??= Date.now();
          utterance.lastAudioAt = Date.now();
          const beginsMs = utterance.mulaw.length / 8;
          for (const code of mulaw) utterance.mulaw.push(code);
          if (alignment === undefined) return;
          utterance.aligned += alignment.chars.join('');
          const last = alignment.startsMs.length - 1;
          const endMs = (alignment.startsMs[last] ?? 0) + (alignment.durationsMs[last] ?? 0);
          utterance.alignedMs = beginsMs + endMs;
        },
        onDone: (contextId) => {
          const utterance = this.#utterances.get(contextId);
          if (utterance !== undefined) utterance.isDone = true;
        },
        onFault: (_, fault) => {
          this.fault ??= fault;
        },
      },
    );
  }

  /** Asks for `text` and for nothing after it. */
  begin(contextId: string, text: string): Utterance {
    const askedAt = Date.now();
    const utterance: Utterance = {
      askedAt,
      text,
      firstAudioAt: undefined,
      lastAudioAt: askedAt,
      mulaw: [],
      aligned: '',
      alignedMs: 0,
      isDone: false,
    };
    this.#utterances.set(contextId, utterance);
    this.tts.speak(contextId, text);
    this.tts.flush(contextId);
    return utterance;
  }

  /** Waits for all audio of `utterance`, by whatever tells: the service, the alignment, or silence. */
  async hear(utterance: Utterance): Promise<void> {
    await until(() => this.fault !== undefined || isOver(utterance), ANSWER_MS_MAX);
  }

  /** Waits for the first audio. Answers whether there was any. */
  async hearFirst(utterance: Utterance): Promise<boolean> {
    await until(
      () => this.fault !== undefined || utterance.firstAudioAt !== undefined,
      ANSWER_MS_MAX,
    );
    return utterance.firstAudioAt !== undefined;
  }

  faultText(): string {
    return this.fault === undefined ? 'no answer' : `${this.fault.code}: ${this.fault.message}`;
  }
}

export function firstAudioMs({ firstAudioAt, askedAt }: Utterance): number | undefined {
  return firstAudioAt === undefined ? undefined : firstAudioAt - askedAt;
}

export function unspaced(text: string): string {
  return text.replaceAll(/\s/gu, '');
}

function isOver(utterance: Utterance): boolean {
  if (utterance.isDone) return true;
  if (utterance.firstAudioAt === undefined) return false;
  const isAligned = unspaced(utterance.aligned).length >= unspaced(utterance.text).length;
  const quietMs = Date.now() - utterance.lastAudioAt;
  return quietMs > (isAligned ? SILENCE_MS / 3 : SILENCE_MS);
}

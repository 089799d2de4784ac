/**
 * A voice whose sound is its text: every character sounds for {@link CHAR_MS}, each byte of it the character's own code.
 * So what the caller heard can be read off what was played, to the byte.
 */

import { BYTES_PER_MS } from '@patchcord/shared/media-streams/limits';
import type { CallOutput, VoiceRoute } from '@patchcord/edge/src/call/core/contract.ts';
import type { Fault, FaultCode } from '@patchcord/edge/src/call/core/faults.ts';
import { faultOf, Troubles, type Trouble, type WeatheredWorld } from './trouble.ts';

export const CHAR_MS = 60;

/** How the voice behaves from now on. */
export interface VoiceManners {
  readonly firstAudioMs: number;
  /** Audio comes in pieces of so many characters, at twice the pace at which they sound; else all at once. */
  readonly chunkChars?: number;
  /** From one such piece to the next, where that is not the pace. */
  readonly gapMs?: number;
  /** Each piece of text fails in place of being voiced. */
  readonly socketFails?: FaultCode;
  readonly httpFails?: FaultCode;
  readonly isSilent?: boolean;
  readonly isUnaligned?: boolean;
  /** Says when a context is complete, as the service does on some occasions. */
  readonly saysDone?: boolean;
}

interface VoiceWorld extends WeatheredWorld {
  readonly voice: VoiceManners;
}

export class ScriptedVoice {
  readonly #world: VoiceWorld;
  readonly #troubles: Troubles<string>;
  /** Contexts that have been given text, and their ways. */
  readonly #contexts = new Map<string, VoiceRoute>();
  /** When the last audio of each context will have come. */
  readonly #contextEnds = new Map<string, number>();

  constructor(world: VoiceWorld) {
    this.#world = world;
    this.#troubles = new Troubles(world);
  }

  speak({ contextId, route, text }: Extract<CallOutput, { kind: 'tts-speak' }>): void {
    const { now, voice } = this.#world;
    const isNew = !this.#contexts.has(contextId);
    this.#contexts.set(contextId, route);
    const trouble = isNew ? this.#world.weather.tts?.(route) : undefined;
    this.#troubles.meet(trouble, contextId, (fault) => this.#break(route, fault, contextId));
    if (voice.isSilent === true) return;
    const isSocket = route.transport === 'socket';
    const chars = Array.from(text);
    const startsAt = Math.max(now + voice.firstAudioMs, this.#contextEnds.get(contextId) ?? 0);
    const size = voice.chunkChars ?? chars.length;
    const chunks = Math.max(1, Math.ceil(chars.length / size));
    const stepMs = voice.gapMs ?? (size * CHAR_MS) / 2;
    this.#contextEnds.set(contextId, startsAt + (chunks - 1) * stepMs + 1);
    const code = isSocket ? voice.socketFails : voice.httpFails;
    if (code !== undefined) {
      return this.#world.at(startsAt, () => this.#break(route, faultOf(code), contextId));
    }
    const isPlain = voice.isUnaligned === true || !isSocket;
    for (let chunk = 0; chunk < chunks; chunk++) {
      const piece = chars.slice(chunk * size, (chunk + 1) * size);
      this.#world.at(startsAt + chunk * stepMs, () =>
        this.#troubles.afterLateness(contextId, () => this.#sound(contextId, piece, isPlain)),
      );
    }
  }

  flush({ contextId, route }: Extract<CallOutput, { kind: 'tts-flush' }>): void {
    const { now, voice } = this.#world;
    if (voice.isSilent === true) return;
    if (voice.saysDone !== true && route.transport !== 'http') return;
    const at = Math.max(now, (this.#contextEnds.get(contextId) ?? 0) + 1);
    this.#world.at(at, () =>
      this.#troubles.afterLateness(contextId, () =>
        this.#world.feed({ kind: 'tts-done', contextId }),
      ),
    );
  }

  close(contextId: string): void {
    this.#contexts.delete(contextId);
  }

  /** Every context that is open meets this, and the connection they share. */
  strike(trouble: Trouble): boolean {
    const routes = new Map<string, VoiceRoute>();
    for (const [contextId, route] of this.#contexts) {
      routes.set(`${route.transport} ${route.voice}`, route);
      this.#troubles.delay(trouble, contextId);
    }
    for (const [name, route] of routes) {
      this.#troubles.meet(trouble, name, (fault) => this.#break(route, fault));
    }
    return routes.size > 0;
  }

  /** The connection over which nobody says anything at the moment. */
  fail(code: FaultCode): void {
    this.#break({ transport: 'socket', voice: 0 }, faultOf(code));
  }

  #break(route: VoiceRoute, fault: Fault, contextId?: string): void {
    const isOne = contextId !== undefined && route.transport === 'http';
    this.#world.feed({ kind: 'tts-error', route, fault, ...(isOne ? { contextId } : {}) });
  }

  #sound(contextId: string, chars: string[], isPlain: boolean): void {
    const mulaw = voiceOf(chars.join(''));
    const alignment = {
      chars,
      startsMs: chars.map((_, index) => index * CHAR_MS),
      durationsMs: chars.map(() => CHAR_MS),
    };
    this.#world.feed({ kind: 'tts-audio', contextId, mulaw, ...(isPlain ? {} : { alignment }) });
  }
}

/** The agent's voice, saying `text`. */
export function voiceOf(text: string): Uint8Array {
  const chars = Array.from(text);
  const bytes = CHAR_MS * BYTES_PER_MS;
  const mulaw = new Uint8Array(chars.length * bytes);
  for (const [i, char] of chars.entries()) {
    mulaw.fill((char.codePointAt(0) ?? 0) & 0xff, i * bytes, (i + 1) * bytes);
  }
  return mulaw;
}

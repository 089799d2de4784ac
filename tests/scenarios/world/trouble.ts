/** What goes wrong with a provider's work: with what begins while it lasts, and with what is under way as it strikes. */

import type { VoiceRoute } from '@patchcord/edge/src/call/core/contract.ts';
import type { Fault, FaultCode } from '@patchcord/edge/src/call/core/faults.ts';
import type { World } from './world.ts';

/** What goes wrong with one piece of a provider's work. */
export type Trouble =
  | { readonly kind: 'fails'; readonly code: FaultCode; readonly afterMs: number }
  /** It comes so much later; `Infinity`: never. */
  | { readonly kind: 'late'; readonly byMs: number };

/** Asked at each piece of work that begins: a recogniser, a request, a context. */
export interface Weather {
  readonly stt?: (endpoint: number) => Trouble | undefined;
  readonly llm?: (model: string) => Trouble | undefined;
  readonly tts?: (route: VoiceRoute) => Trouble | undefined;
}

export interface WeatheredWorld extends World {
  readonly weather: Weather;
}

/** The troubles that one provider's pieces of work have met, by what the piece is known by. */
export class Troubles<Key> {
  readonly #world: World;
  /** How much later everything comes. */
  readonly #lateMs = new Map<Key, number>();

  constructor(world: World) {
    this.#world = world;
  }

  /** Work goes wrong or, where there is no trouble, does not. Answers whether anything will come of it. */
  meet(trouble: Trouble | undefined, key: Key, fail: (fault: Fault) => void): boolean {
    if (trouble === undefined) return true;
    this.delay(trouble, key);
    if (trouble.kind === 'late') return true;
    this.#world.at(this.#world.now + trouble.afterMs, () => fail(faultOf(trouble.code)));
    return false;
  }

  /** The same, where others tell of the failure. */
  delay(trouble: Trouble, key: Key): void {
    this.#lateMs.set(key, trouble.kind === 'late' ? trouble.byMs : Infinity);
  }

  /** Runs as late as the work has become; never, where it has failed. */
  afterLateness(key: Key, run: () => void): void {
    const lateMs = this.#lateMs.get(key) ?? 0;
    if (lateMs === 0) run();
    else if (lateMs < Infinity) this.#world.at(this.#world.now + lateMs, run);
  }
}

export function faultOf(code: FaultCode): Fault {
  return { code, message: 'scripted' };
}

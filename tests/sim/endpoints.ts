import type { Callee, CallerIdentity } from './callee.ts';
import type { Channel } from './channel.ts';
import type { SimulatedDesk } from './simulated-desk.ts';
import type { SimulatedTrunk } from './simulated-trunk.ts';

/** Whom an endpoint leads to, and how the channel to it looks. */
export interface FoundEndpoint {
  /** Channel name without its number. */
  readonly name: string;
  readonly dialstring: string;
  readonly place: Channel['place'];
  /** Through the dialplan: a Local channel with its other half. */
  readonly isLocal: boolean;
  /** Undefined: the dialplan has no such extension. */
  readonly callee: Callee | undefined;
}

const MADE = { priority: 1, app: 'AppDial2', appData: '(Outgoing Line)' };

/** `PJSIP/…` and `Local/…` of the simulated PBX; `undefined` where Asterisk cannot make a channel. */
export class Endpoints {
  readonly #trunk: SimulatedTrunk;
  readonly #desks: ReadonlyMap<string, SimulatedDesk>;
  /** As MikoPBX does it: From is the account, P-Asserted-Identity the number. */
  readonly #isAsserted: boolean;

  constructor(
    trunk: SimulatedTrunk,
    desks: ReadonlyMap<string, SimulatedDesk>,
    shape: 'plain' | 'mikopbx',
  ) {
    this.#trunk = trunk;
    this.#desks = desks;
    this.#isAsserted = shape === 'mikopbx';
  }

  find(endpoint: string, caller: CallerIdentity): FoundEndpoint | undefined {
    const [, technology, dialled = ''] = /^(PJSIP|Local)\/(.+)$/.exec(endpoint) ?? [];
    const [, extension = '', where] = /^([^@]+)(?:@(.+?))?(?:\/n)?$/.exec(dialled) ?? [];
    if (technology === 'Local') {
      const context = where ?? 'default';
      const place = { context, exten: extension, ...MADE };
      const callee = this.#behind(context, extension, caller);
      const name = `Local/${extension}@${context}`;
      return { name, dialstring: dialled, place, isLocal: true, callee };
    }
    if (technology === undefined) return undefined;
    if (where === undefined) {
      const callee = this.#desks.get(extension)?.ring(caller).callee;
      if (callee === undefined) return undefined;
      const place = { context: 'from-phone', exten: 's', ...MADE };
      return { name: `PJSIP/${extension}`, dialstring: dialled, place, isLocal: false, callee };
    }
    if (where !== 'trunk') return undefined;
    const callee = this.#dialOut(extension, caller);
    const place = { context: 'from-trunk', exten: 's', ...MADE };
    return { name: 'PJSIP/trunk', dialstring: dialled, place, isLocal: false, callee };
  }

  /** What the dialplan dials. */
  #behind(context: string, extension: string, caller: CallerIdentity): Callee | undefined {
    if (context === 'outgoing') return this.#dialOut(extension, caller);
    return context === 'from-phone' ? this.#desks.get(extension)?.ring(caller).callee : undefined;
  }

  #dialOut(number: string, caller: CallerIdentity): Callee {
    if (this.#isAsserted) {
      return this.#trunk.receive(number, this.#trunk.account.username, caller.number);
    }
    const from = caller.number === '' ? 'anonymous' : caller.number;
    return this.#trunk.receive(number, from, '');
  }
}

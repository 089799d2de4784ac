import type { DialOptions } from '../rig/phone.ts';
import type { TrunkAccount } from '../rig/trunk-account.ts';
import type { TrunkCall } from '../rig/trunk-log.ts';
import { parseTrunkNumber, trunkNumber } from '../rig/trunk-number.ts';
import type { Trunk } from '../rig/trunk.ts';
import type { Callee } from './callee.ts';
import type { SimulatedPhone } from './simulated-phone.ts';
import { TrunkLeg } from './trunk-leg.ts';

const ENDED_MS_MAX = 10_000;

/** The provider without SIP: the same numbers, the same rule for callers, the same account of what it saw. */
export class SimulatedTrunk implements Trunk {
  readonly account: TrunkAccount = {
    host: '127.0.0.1',
    port: 0,
    username: 'customer',
    password: '',
    numbers: ['15550001000', '15550001001'],
  };
  readonly #legs: TrunkLeg[] = [];
  readonly #greetings: Uint8Array[] = [];
  readonly #dial: (options: DialOptions) => Promise<SimulatedPhone>;

  /** `dial`: a call to the customer. */
  constructor(dial: (options: DialOptions) => Promise<SimulatedPhone>) {
    this.#dial = dial;
  }

  /** The customer calls `number`. `from`, `asserted`: users of the INVITE's headers. */
  receive(number: string, from: string, asserted: string): Callee {
    const shown = (asserted === '' ? from : asserted).replace('+', '');
    const { numbers, username } = this.account;
    const isKnown = numbers.includes(shown) || (asserted === '' && from === username);
    const outcome = parseTrunkNumber(number);
    const leg = new TrunkLeg({
      number: number.replace('+', ''),
      from,
      asserted,
      outcome: isKnown ? (outcome ?? { kind: 'rejects', status: 404 }) : undefined,
      greeting: outcome?.kind === 'machine' ? this.#greetings[outcome.greeting] : undefined,
    });
    this.#legs.push(leg);
    return leg;
  }

  calls(): Promise<readonly TrunkCall[]> {
    return Promise.resolve(this.#legs.filter(({ hasBegun }) => hasBegun).map(({ call }) => call));
  }

  async endedCall(number: string): Promise<TrunkCall> {
    const deadline = performance.now() + ENDED_MS_MAX;
    for (;;) {
      const newest = (await this.calls()).findLast((call) => call.number === number);
      if (newest?.endedAt !== undefined) return newest;
      if (performance.now() > deadline) throw new Error(`no ended call to ${number}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  heard(call: TrunkCall): Promise<Uint8Array> {
    const leg = this.#legs.find((one) => one.call.id === call.id);
    return Promise.resolve(leg?.heard() ?? new Uint8Array(0));
  }

  addGreeting(mulaw: Uint8Array): Promise<string> {
    const greeting = this.#greetings.push(mulaw) - 1;
    return Promise.resolve(trunkNumber({ kind: 'machine', greeting }));
  }

  dial(options: Partial<DialOptions> = {}): Promise<SimulatedPhone> {
    return this.#dial({ extension: this.account.numbers[0] ?? '', ...options });
  }

  /** It ends with the PBX that it belongs to. */
  stop(): Promise<void> {
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

import type { DeskManner, DeskOptions, DeskPhone } from '../rig/desk-phone.ts';
import { NextCall } from '../rig/next-call.ts';
import type { CallerIdentity } from './callee.ts';
import { SimulatedIncomingCall } from './simulated-incoming-call.ts';

/** A phone on a desk of the simulated PBX. */
export class SimulatedDesk implements DeskPhone {
  readonly extension: string;
  readonly calls: SimulatedIncomingCall[] = [];
  manner: DeskManner;
  readonly #options: DeskOptions;
  readonly #onUnplugged: () => void;
  readonly #next = new NextCall<SimulatedIncomingCall>();

  constructor(options: DeskOptions, onUnplugged: () => void) {
    this.#options = options;
    this.#onUnplugged = onUnplugged;
    this.extension = options.extension;
    this.manner = options.manner ?? { kind: 'answers' };
  }

  nextCall(): Promise<SimulatedIncomingCall> {
    return this.#next.take();
  }

  /** The PBX calls. */
  ring(caller: CallerIdentity): SimulatedIncomingCall {
    const call = new SimulatedIncomingCall(this.#options, caller, () => {
      call.meet(this.manner);
      this.#next.give(call);
    });
    this.calls.push(call);
    return call;
  }

  async unplug(): Promise<void> {
    this.#onUnplugged();
    this.#next.close();
    await Promise.all(this.calls.map((call) => call.hangup()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.unplug();
  }
}

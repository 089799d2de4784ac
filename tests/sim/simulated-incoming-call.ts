import type { DeskManner, DeskOptions, IncomingCall } from '../rig/desk-phone.ts';
import type { CallEnd } from '../rig/phone.ts';
import type { Callee, CalleeLine, CallerIdentity } from './callee.ts';
import type { Hangup } from './channel.ts';
import { SimulatedPhone } from './simulated-phone.ts';

/** A call to a phone on a desk, without SIP. */
export class SimulatedIncomingCall extends SimulatedPhone implements IncomingCall {
  readonly callerName: string;
  readonly callee: Callee;
  #line: CalleeLine | undefined;
  #isRinging = true;
  #refusedWith: number | undefined;

  /** `onBegin`: the call is there. */
  constructor(options: DeskOptions, caller: CallerIdentity, onBegin: () => void) {
    super({ ...options, callerNumber: caller.number === '' ? 'anonymous' : caller.number });
    this.callerName = caller.name;
    this.callee = {
      begin: (line) => {
        this.#line = line;
        this.connect({
          id: `call-to-${options.extension}`,
          receive: (frame) => line.receive(frame),
          press: (digit, durationMs) => line.press(digit, durationMs),
          hangup: () => {
            if (this.#isRinging) this.#refuse(603);
            else line.hangup(undefined);
          },
        });
        onBegin();
      },
      write: (frame) => this.write(frame),
      // Asterisk has our 200.
      answer: () => super.answer(),
      ring: () => {},
      sendDigits: (digits) => this.sendDigits(digits),
      end: (hangup, wasAnswered) => this.end(hangup, wasAnswered),
    };
  }

  /** Does what the phone is set to. */
  meet(manner: DeskManner): void {
    if (manner.kind === 'rings') {
      this.#line?.ring();
      return;
    }
    const act = () => {
      if (manner.kind === 'answers') this.answer();
      else this.#refuse(manner.status);
    };
    if (manner.afterMs === undefined) {
      act();
      return;
    }
    this.#line?.ring();
    setTimeout(act, manner.afterMs).unref();
  }

  override answer(): void {
    if (!this.#isRinging || this.hasEnded) return;
    this.#isRinging = false;
    this.#line?.answer();
  }

  #refuse(status: number): void {
    if (!this.#isRinging || this.hasEnded) return;
    this.#isRinging = false;
    this.#refusedWith = status;
    this.#line?.refuse(status);
  }

  protected override describeEnd({ cause, byFarEnd }: Hangup, wasAnswered: boolean): CallEnd {
    this.#isRinging = false;
    if (this.#refusedWith !== undefined) return { by: 'phone', status: this.#refusedWith };
    if (byFarEnd) return { by: 'phone' };
    return wasAnswered ? { by: 'pbx', cause } : { by: 'pbx', status: 487, cause };
  }
}

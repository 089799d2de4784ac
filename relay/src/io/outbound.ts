/**
 * From a number that somebody wants called to what Asterisk is asked to dial: the policy's decision, and the PBX's dial string.
 */

import { performance } from 'node:perf_hooks';
import { RelayError } from '../core/error.ts';
import type { Endpoint } from '../core/outbound/phone-number.ts';
import { OutboundPolicy, type RefusalCode } from '../core/outbound/policy.ts';
import type { Config } from '../config.ts';

/** A call may be placed. Counts as a call in progress until it is released. */
export interface OutboundPermit {
  /** As the call's record shows it. */
  readonly number: string;
  /** Such as `PJSIP/60123456789@trunk`. */
  readonly dialString: string;
  /** What the called party sees. */
  readonly callerId: string;
  /** Once for each permit. */
  release(): void;
}

/** A call that must not be placed, with what Twilio would answer. */
export class OutboundError extends RelayError<RefusalCode | 'OUTBOUND_NO_ENDPOINT'> {
  readonly twilioCode: number;
  readonly httpStatus: number;

  constructor(
    code: RefusalCode | 'OUTBOUND_NO_ENDPOINT',
    twilioCode: number,
    httpStatus: number,
    message: string,
  ) {
    super(code, message);
    this.twilioCode = twilioCode;
    this.httpStatus = httpStatus;
  }
}

const VARIABLES = {
  external: 'OUTBOUND_ENDPOINT',
  extension: 'EXTENSION_ENDPOINT',
  sip: 'SIP_ENDPOINT',
} as const;

export class Outbound {
  readonly #config: Config['outbound'];
  readonly #policy: OutboundPolicy;

  constructor(config: Config['outbound']) {
    this.#config = config;
    this.#policy = new OutboundPolicy(config);
  }

  /**
   * A call to `to` that shows `from`. Throws an {@link OutboundError}; with `fallback`, a `from` that may not be shown is replaced
   * by the first of `OUTBOUND_CALLER_IDS`: a caller who is put through has a number of their own, and the trunk wants ours.
   */
  admit(to: string, from: string, { fallback = false } = {}): OutboundPermit {
    const decision = this.#policy.decide({ to, from, now: performance.now() });
    if (!decision.isAllowed) {
      const isFrom =
        decision.code === 'OUTBOUND_FROM_INVALID' || decision.code === 'OUTBOUND_FROM_NOT_OURS';
      const [first] = this.#config.callerIds;
      if (fallback && isFrom && first !== undefined) return this.admit(to, first);
      const { code, twilioCode, httpStatus, reason } = decision;
      throw new OutboundError(code, twilioCode, httpStatus, reason);
    }
    const { endpoint } = decision;
    const template = this.#config.endpoints[endpoint.kind];
    if (template === undefined) {
      this.#policy.callEnded();
      const message = `${VARIABLES[endpoint.kind]} is not set: the relay does not know how to reach ${endpoint.number}`;
      throw new OutboundError('OUTBOUND_NO_ENDPOINT', 21215, 400, message);
    }
    let isReleased = false;
    return {
      number: endpoint.number,
      dialString: this.#dialString(template, endpoint),
      callerId: decision.from.number,
      release: () => {
        if (!isReleased) this.#policy.callEnded();
        isReleased = true;
      },
    };
  }

  /** Fills in `{number}` (digits), `{e164}` (with `+`), `{national}` (as dialled in the PBX's country) and `{uri}` (of SIP). */
  #dialString(template: string, { kind, number }: Endpoint): string {
    const digits = number.replace(/^\+/, '');
    const { countryCode, nationalPrefix, internationalPrefix, accessPrefix } = this.#config.plan;
    const isNational = countryCode !== undefined && digits.startsWith(countryCode);
    const national = isNational
      ? nationalPrefix + digits.slice(countryCode.length)
      : internationalPrefix + digits;
    const prefix = kind === 'external' ? accessPrefix : '';
    const values: Readonly<Record<string, string>> = {
      number: prefix + digits,
      e164: number,
      national: prefix + national,
      uri: number,
    };
    return template.replaceAll(/\{(number|e164|national|uri)\}/g, (_all, name: string) => {
      return values[name] ?? '';
    });
  }
}

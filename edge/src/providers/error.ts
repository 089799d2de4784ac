/** What a provider's adapter throws: a stable code and words that are safe to store. */

import type { Fault, FaultCode } from '../call/core/faults.ts';

export interface ProviderErrorOptions extends ErrorOptions {
  readonly retryAfterMs?: number | undefined;
}

export class ProviderError extends Error {
  readonly code: FaultCode;
  /** The provider has said for how long it is not to be asked. */
  readonly retryAfterMs: number | undefined;

  constructor(code: FaultCode, message: string, options?: ProviderErrorOptions) {
    super(message, options);
    this.name = 'ProviderError';
    this.code = code;
    this.retryAfterMs = options?.retryAfterMs;
  }

  toFault(): Fault {
    return { code: this.code, message: this.message };
  }
}

/** A fault for anything that was thrown; what is not ours becomes `code`, without its message, which may hold secrets. */
export function faultOf(error: unknown, code: FaultCode): Fault {
  if (error instanceof ProviderError) return error.toFault();
  const name = error instanceof Error ? error.name : typeof error;
  return { code, message: `unexpected ${name}` };
}

export type ProviderPrefix = 'STT' | 'LLM' | 'TTS';

/** The code for an HTTP status that is not a success. */
export function codeOfStatus<Prefix extends ProviderPrefix>(
  prefix: Prefix,
  status: number,
): `${Prefix}_${'AUTH' | 'QUOTA' | 'RATE_LIMITED' | 'BAD_REQUEST' | 'UNAVAILABLE'}` {
  if (status === 401 || status === 403) return `${prefix}_AUTH`;
  if (status === 402) return `${prefix}_QUOTA`;
  if (status === 429) return `${prefix}_RATE_LIMITED`;
  if (status >= 400 && status < 500 && status !== 408) return `${prefix}_BAD_REQUEST`;
  return `${prefix}_UNAVAILABLE`;
}

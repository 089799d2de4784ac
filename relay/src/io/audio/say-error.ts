import { RelayError } from '../../core/error.ts';

/** The text could not be spoken: the engine's fault, mostly. Twilio's 13520. */
export class SayError extends RelayError<'SAY_FAILED'> {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super('SAY_FAILED', message, options);
  }
}

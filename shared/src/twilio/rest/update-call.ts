import type { UpdateCall } from '../call-control.ts';
import { parseDocument, parseStatusCallback, TIME_LIMIT_SECONDS_MAX } from './create-call.ts';
import type { Form } from './form.ts';
import { optional } from './optional.ts';

/** The parameters of `POST Calls/{sid}.json`. One that changes nothing is allowed, as with Twilio. */
export function parseUpdateCall(form: Form): UpdateCall {
  return {
    ...optional('status', form.oneOf('Status', ['completed', 'canceled'])),
    ...optional('document', parseDocument(form)),
    ...optional('fallback', form.webhook('FallbackUrl', 'FallbackMethod', 21205)),
    ...optional('statusCallback', parseStatusCallback(form)),
    ...optional('timeLimitSeconds', form.integer('TimeLimit', 1, TIME_LIMIT_SECONDS_MAX)),
  };
}

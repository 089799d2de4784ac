import { TwilioError } from '../call-control.ts';

/** The body of every refusal. The SDKs make a `RestException` of it. */
export function errorJson({ code, message, status }: TwilioError): Record<string, unknown> {
  return {
    code,
    message,
    more_info: `https://www.twilio.com/docs/errors/${code}`,
    status,
  };
}

export function notFound(path: string): TwilioError {
  return new TwilioError(404, 20404, `The requested resource ${path} was not found`);
}

/** A parameter that is not what it should be, where Twilio has no number of its own for it. */
export function badParameter(message: string, code = 20001): TwilioError {
  return new TwilioError(400, code, message);
}

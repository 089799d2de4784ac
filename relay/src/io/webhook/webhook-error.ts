import { RelayError } from '../../core/error.ts';

export type WebhookCode =
  /** Name, network or TLS. Twilio's 11205, 11210 and 11220. */
  | 'WEBHOOK_UNREACHABLE'
  | 'WEBHOOK_TIMEOUT'
  /** Another status than 2xx. Twilio's 11200. */
  | 'WEBHOOK_BAD_STATUS'
  /** Too many redirects, or one that must not be followed. Twilio's 11215. */
  | 'WEBHOOK_REDIRECT'
  /** More than the answer may hold. */
  | 'WEBHOOK_TOO_LARGE'
  /** Not XML, too large, or not a `<Response>`. Twilio's 12100 and 12200. */
  | 'TWIML_NOT_XML'
  | 'TWIML_TOO_LARGE'
  | 'TWIML_NOT_RESPONSE';

/** A webhook that did not do what it was asked. `twilioCode` is what Twilio's debugger and `ErrorCode` would show. */
export class WebhookError extends RelayError<WebhookCode> {
  readonly twilioCode: number;

  constructor(
    code: WebhookCode,
    twilioCode: number,
    message: string,
    options?: { readonly cause?: unknown },
  ) {
    super(code, `${message} (Twilio error ${twilioCode})`, options);
    this.name = 'WebhookError';
    this.twilioCode = twilioCode;
  }
}

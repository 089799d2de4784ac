/** The official Twilio SDK, unmodified, pointed at another host through its `httpClient` option. */

import twilio from 'twilio';

class RedirectedClient extends twilio.RequestClient {
  readonly #baseUrl: string;

  constructor(baseUrl: string) {
    super({ keepAlive: false });
    this.#baseUrl = baseUrl;
  }

  override request<TData>(
    ...[options]: Parameters<typeof twilio.RequestClient.prototype.request<TData>>
  ) {
    options.uri = options.uri.replace('https://api.twilio.com', this.#baseUrl);
    return super.request<TData>(options);
  }
}

/** `baseUrl` such as `http://127.0.0.1:8790`, without a slash at the end. */
export function twilioClient(
  baseUrl: string,
  accountSid: string,
  authToken: string,
): twilio.Twilio {
  return twilio(accountSid, authToken, { httpClient: new RedirectedClient(baseUrl) });
}

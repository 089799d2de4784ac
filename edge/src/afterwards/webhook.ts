/** One attempt to tell the operator's own system of a call that has ended. */

import { isPrivateHost } from '@patchcord/shared/private-host';
import { SIGNATURE_HEADER, signatureOf } from '../signing.ts';
import { AfterwardsError } from './failure.ts';

const TIMEOUT_MS = 10_000;

export interface WebhookRequest {
  readonly url: string;
  readonly body: string;
  /** The same at every attempt. */
  readonly id: string;
  readonly authToken: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly isPrivateAllowed: boolean;
}

/**
 * Posts it, and resolves when it was taken: any 2xx. Redirects are not followed, for the body must not go elsewhere.
 * Rejects with an {@link AfterwardsError}: WEBHOOK_REFUSED where it must not be sent at all, else WEBHOOK_FAILED.
 */
export async function postWebhook(request: WebhookRequest): Promise<void> {
  const { url, body, id, authToken, now } = request;
  checkHost(url, request.isPrivateAllowed);
  const headers = {
    'Content-Type': 'application/json',
    'Idempotency-Key': id,
    'User-Agent': 'patchcord-edge',
    [SIGNATURE_HEADER]: await signatureOf('calls', authToken, body, now),
  };
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const response = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal })
    // What it says may name hosts; that it was not taken is enough.
    .catch((cause: unknown) => {
      const message = signal.aborted ? 'no answer within 10 seconds' : 'no connection';
      throw new AfterwardsError('WEBHOOK_FAILED', message, { cause });
    });
  await response.body?.cancel();
  if (response.ok) return;
  throw new AfterwardsError('WEBHOOK_FAILED', `the answer was ${response.status}`);
}

/** Not by mistake: neither the operator's own network nor a cloud's metadata service. */
function checkHost(url: string, isPrivateAllowed: boolean): void {
  if (!URL.canParse(url)) throw new AfterwardsError('WEBHOOK_REFUSED', 'the URL is not valid');
  const { protocol, hostname } = new URL(url);
  const isPrivate = isPrivateHost(hostname) || /^169\.254\.|^\[fe[89ab]/u.test(hostname);
  if (isPrivate && !isPrivateAllowed) {
    throw new AfterwardsError('WEBHOOK_REFUSED', 'the host is private, see WEBHOOK_PRIVATE_HOSTS');
  }
  if (protocol !== 'https:' && !isPrivate) {
    throw new AfterwardsError('WEBHOOK_REFUSED', 'the URL is not https');
  }
}

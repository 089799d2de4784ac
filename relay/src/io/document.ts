/**
 * Where a call's document comes from, and getting it: the handler's, one that REST or a verb named, or TwiML as it is. What
 * cannot be had is asked of the fall-back address.
 */

import type { DocumentSource, WebhookAddress } from '@patchcord/shared/twilio/call-control';
import { parseTwiml, type TwimlElement } from '@patchcord/shared/twilio/twiml';
import { RelayError } from '../core/error.ts';
import { resolveDocumentUrl } from '../core/twiml/document-url.ts';
import type { ActionAddress } from '../core/twiml/step.ts';
import type { Handler } from '../config.ts';
import type { CallAccount } from './call-account.ts';
import type { CallContext } from './call-context.ts';
import { fetchTwiml } from './webhook/fetch-twiml.ts';
import { WebhookError } from './webhook/webhook-error.ts';

type Parameters = Readonly<Record<string, string>>;

export type Document =
  /** What the relay was configured with. */
  | { readonly kind: 'handler' }
  | { readonly kind: 'source'; readonly source: DocumentSource; readonly parameters: Parameters }
  /** What a verb of `to` leads to; without a URL, `to` itself again. */
  | {
      readonly kind: 'relative';
      readonly address: ActionAddress;
      readonly parameters: Parameters;
      readonly to: Document;
    };

export interface FetchOptions {
  readonly context: CallContext;
  readonly account: CallAccount;
  readonly document: Document;
  readonly fallback: WebhookAddress | undefined;
  readonly signal: AbortSignal;
  /** Told what went wrong before the fall-back was asked. */
  problem(error: unknown): void;
}

export interface FetchedDocument {
  /** With its own URL, where it has one: what relative URLs in it start from. */
  readonly document: Document;
  readonly verbs: readonly TwimlElement[];
}

/** Rejects with `WEBHOOK_…` and `TWIML_…` errors, when the fall-back does not help either. */
export async function fetchDocument(options: FetchOptions): Promise<FetchedDocument> {
  const { context, document, fallback, signal } = options;
  const { handler } = context.config;
  if (document.kind === 'handler' && handler.kind === 'stream') {
    return { document, verbs: streamOnly(handler) };
  }
  let url = '';
  try {
    const source = resolve(document, handler);
    if (source.kind === 'url') url = source.url;
    return await fetchSource(source, parametersOf(document), options);
  } catch (error) {
    if (fallback === undefined || signal.aborted) throw error;
    options.problem(error);
    const code = error instanceof WebhookError ? error.twilioCode : 11200;
    const parameters = { ErrorCode: String(code), ErrorUrl: url };
    return fetchSource({ kind: 'url', ...fallback }, parameters, options);
  }
}

async function fetchSource(
  source: DocumentSource,
  parameters: Parameters,
  { context, account, signal }: FetchOptions,
): Promise<FetchedDocument> {
  const document: Document = { kind: 'source', source, parameters: {} };
  if (source.kind === 'twiml') {
    const parsed = parseTwiml(source.twiml);
    if (parsed.kind === 'verbs') return { document, verbs: parsed.verbs };
    throw new WebhookError(parsed.code, parsed.twilioCode, parsed.detail);
  }
  const fields = account.webhookFields(parameters);
  return { document, verbs: await fetchTwiml(source, context.config.authToken, fields, signal) };
}

function resolve(document: Document, handler: Handler): DocumentSource {
  switch (document.kind) {
    case 'handler':
      return { kind: 'url', url: handler.url, method: 'POST' };
    case 'source':
      return document.source;
    case 'relative': {
      const base = resolve(document.to, handler);
      const { url, method } = document.address;
      if (base.kind === 'url') {
        return {
          kind: 'url',
          method,
          url: url === undefined ? base.url : resolveDocumentUrl(url, base.url),
        };
      }
      if (url !== undefined && URL.canParse(url)) {
        return { kind: 'url', method, url: resolveDocumentUrl(url, url) };
      }
      throw new RelayError(
        'TWIML_BAD_REDIRECT',
        'a document that came as Twiml has no address of its own: its actions and redirects must be absolute URLs',
      );
    }
  }
}

function parametersOf(document: Document): Parameters {
  return document.kind === 'handler' ? {} : document.parameters;
}

/** What a webhook would have said that knows of one stream and nothing else. */
function streamOnly({ url, parameters }: Extract<Handler, { kind: 'stream' }>): TwimlElement[] {
  const children = Object.entries(parameters).map(([name, value]) =>
    element('Parameter', { name, value }),
  );
  return [element('Connect', {}, [element('Stream', { url }, children)])];
}

function element(
  name: string,
  attributes: Readonly<Record<string, string>>,
  children: readonly TwimlElement[] = [],
): TwimlElement {
  return { name, attributes, children, text: '', innerText: '' };
}

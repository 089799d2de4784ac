/** Where a call comes from, and what follows from it. */

import type { CreateCall, WebhookAddress } from '@patchcord/shared/twilio/call-control';
import type { CallState } from '../core/call/machine.ts';
import type { Config } from '../config.ts';
import type { AriChannel } from './ari/models.ts';
import type { CallAccountOptions } from './call-account.ts';
import type { Document } from './document.ts';
import type { OutboundPermit } from './outbound.ts';

export type CallOrigin =
  | { readonly kind: 'inbound'; readonly caller: AriChannel }
  | {
      readonly kind: 'outbound';
      readonly request: CreateCall;
      /** That the number may be dialled, and how; given back when the call has ended. */
      readonly permit: OutboundPermit;
    };

export interface CallBeginning {
  readonly state: CallState;
  readonly document: Document;
  readonly fallback: WebhookAddress | undefined;
  readonly account: Omit<CallAccountOptions, 'sid'>;
}

export function beginningOf(origin: CallOrigin, config: Config): CallBeginning {
  const { accountSid, statusCallback, voiceFallback } = config;
  if (origin.kind === 'inbound') {
    const { caller, dialplan } = origin.caller;
    return {
      state: 'fetching',
      document: { kind: 'handler' },
      fallback: voiceFallback,
      account: {
        accountSid,
        direction: 'inbound',
        from: caller.number,
        to: dialplan.exten,
        callerName: caller.name,
        ...(statusCallback === undefined ? {} : { statusCallback }),
      },
    };
  }
  const { request, permit } = origin;
  return {
    state: 'dialling',
    document: { kind: 'source', source: request.document, parameters: {} },
    fallback: request.fallback,
    account: {
      accountSid,
      direction: 'outbound-api',
      from: request.from,
      to: permit.number,
      ...(request.statusCallback === undefined ? {} : { statusCallback: request.statusCallback }),
    },
  };
}

/** `patchcord-relay call NUMBER`: has the running relay place a call with the configured handler, and shows how it goes. */

import { setTimeout as pause } from 'node:timers/promises';
import { FINAL_STATUSES, type CallStatus } from '@patchcord/shared/twilio/call-record';
import type { Config } from '../config.ts';
import { RelayError } from '../core/error.ts';

const LOOK_MS = 500;
const TIMEOUT_MS = 10_000;

/** What this command reads of a Call resource, or of an error answer. */
interface CallAnswer {
  readonly sid: string;
  readonly status: CallStatus;
  readonly duration: string | null;
  readonly code?: number;
  readonly message?: string;
}

/** Answers the exit code: 0 where the call was answered and completed. */
export async function placeCall(
  config: Config,
  number: string,
  from: string | undefined,
  isJson: boolean,
): Promise<number> {
  const callerId = from ?? config.outbound.callerIds[0];
  if (callerId === undefined) {
    throw new RelayError('CONFIG_INVALID', 'give --from NUMBER, or set OUTBOUND_CALLER_IDS');
  }
  const form = new URLSearchParams({ To: number, From: callerId, ...documentOf(config) });
  let call = await request(config, '/Calls.json', form);
  const show = (): void => {
    if (!isJson) process.stdout.write(`${call.sid} ${call.status}\n`);
  };
  show();
  while (!FINAL_STATUSES.has(call.status)) {
    await pause(LOOK_MS);
    const before = call.status;
    call = await request(config, `/Calls/${call.sid}.json`);
    if (call.status !== before) show();
  }
  if (isJson) process.stdout.write(`${JSON.stringify(call)}\n`);
  else process.stdout.write(`${call.duration ?? 0} s\n`);
  return call.status === 'completed' ? 0 : 1;
}

/** The handler of callers that come in answers the one we call, too. */
function documentOf({ handler }: Config): Record<string, string> {
  if (handler.kind === 'voice') return { Url: handler.url };
  const parameters = Object.entries(handler.parameters)
    .map(([name, value]) => `<Parameter name="${escape(name)}" value="${escape(value)}"/>`)
    .join('');
  const stream = `<Stream url="${escape(handler.url)}">${parameters}</Stream>`;
  return { Twiml: `<Response><Connect>${stream}</Connect></Response>` };
}

async function request(
  { accountSid, authToken, httpListen: { host, port } }: Config,
  path: string,
  form?: URLSearchParams,
): Promise<CallAnswer> {
  const address = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const password = Buffer.from(`${accountSid}:${authToken}`).toString('base64');
  let response: Response;
  try {
    response = await fetch(`${address}/2010-04-01/Accounts/${accountSid}${path}`, {
      headers: { Authorization: `Basic ${password}` },
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(form === undefined ? {} : { method: 'POST', body: form }),
    });
  } catch (cause) {
    const message = `no relay answers at ${address}: start it with \`patchcord-relay run\``;
    throw new RelayError('RELAY_AWAY', message, { cause });
  }
  // Our own relay's answer, on our own address.
  const answer = (await response.json()) as CallAnswer;
  if (response.ok) return answer;
  throw new RelayError(
    'CALL_REFUSED',
    `${answer.message ?? response.status} (Twilio error ${answer.code ?? '?'})`,
  );
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

import { isPrivateHost } from '../../private-host.ts';
import type { StreamRequest } from '../call-control.ts';
import { badParameter } from './error-json.ts';
import type { Form } from './form.ts';
import { optional } from './optional.ts';

/** Name and value of a parameter together, as for `<Parameter>`. */
const PARAMETER_LENGTH_MAX = 500;

const NAME_LENGTH_MAX = 256;

/**
 * The parameters of `POST Calls/{sid}/Streams.json`; `Parameter1.Name`, `Parameter1.Value` to 99 become `customParameters`.
 * Plain `ws:` is for loopback and private addresses only.
 *
 * @see https://www.twilio.com/docs/voice/api/stream-resource
 */
export function parseStreamRequest(form: Form): StreamRequest {
  const url = form.text('Url');
  if (url === undefined) throw badParameter('Url parameter is required.', 21205);
  if (!URL.canParse(url) || url.length > 4000) throw badParameter('Url is malformed', 31923);
  const { protocol, hostname, search } = new URL(url);
  if (protocol !== 'wss:' && !(protocol === 'ws:' && isPrivateHost(hostname))) {
    throw badParameter('Url must be a wss URL', 31922);
  }
  if (search !== '') throw badParameter('Url must have no query: use Parameter1.Name', 31920);
  const name = form.text('Name');
  if (name !== undefined && (name.length > NAME_LENGTH_MAX || name.includes('/'))) {
    throw badParameter(`Name must have at most ${NAME_LENGTH_MAX} characters and no slash`);
  }
  return {
    url,
    ...optional('name', name),
    track:
      form.oneOf('Track', ['inbound_track', 'outbound_track', 'both_tracks'], 31941) ??
      'inbound_track',
    parameters: parseParameters(form),
    ...optional('statusCallback', form.webhook('StatusCallback', 'StatusCallbackMethod', 21609)),
  };
}

function parseParameters(form: Form): Record<string, string> {
  const entries: [string, string][] = [];
  for (let index = 1; index <= 99; index++) {
    const name = form.text(`Parameter${index}.Name`);
    if (name === undefined) continue;
    const value = form.raw(`Parameter${index}.Value`);
    if (name.length + value.length >= PARAMETER_LENGTH_MAX) {
      const limit = `fewer than ${PARAMETER_LENGTH_MAX} characters`;
      throw badParameter(`Parameter${index}: name and value together must have ${limit}`);
    }
    entries.push([name, value]);
  }
  return Object.fromEntries(entries);
}

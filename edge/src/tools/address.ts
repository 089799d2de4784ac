/** Which address a tool may be asked at: the one its operator wrote, and nothing that a redirect or a name leads to. */

import { isPrivateHost } from '@patchcord/shared/private-host';
import { ToolFailure } from './tool-failure.ts';

/** Where a cloud's metadata service is, and "any address". Nobody's tool lives there. */
const NEVER = /^(?:169\.254\.|0\.0\.0\.0$|\[fe[89ab][0-9a-f]:|\[::\]$|\[::ffff:)/u;

/**
 * The URL to ask. Throws `TOOL_ADDRESS` for one that cannot be asked: with neither TLS nor a private host. A private
 * host is asked only because the agent's own URL names it: hosts are no placeholders, and redirects are not followed.
 */
export function callableUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isSafe =
    url !== undefined &&
    (url.protocol === 'https:' || (url.protocol === 'http:' && isPrivateHost(url.hostname))) &&
    !NEVER.test(url.hostname);
  if (isSafe) return url;
  throw new ToolFailure('TOOL_ADDRESS', 'the address of the tool cannot be used');
}

/** Throws `TOOL_REDIRECTED` for a redirect: headers with keys must not go elsewhere. */
export function refuseRedirect(response: Response): void {
  if (response.status < 300 || response.status >= 400) return;
  throw new ToolFailure('TOOL_REDIRECTED', 'the tool has moved and cannot be asked');
}

/** Finds where a PBX keeps ARI: `/ari` on plain Asterisk, `/asterisk/ari` on MikoPBX, whose own page says otherwise. */

import { RelayError } from '../../core/error.ts';
import { AriHttp, isGone, type AriCredentials } from './http.ts';
import { pingSchema } from './models.ts';

const PREFIXES = ['/ari', '/asterisk/ari'];

/**
 * A client for the first prefix that answers a ping. Throws `ARI_UNAUTHORIZED` where the password is wrong,
 * `ARI_DISABLED` where a web server answers and knows no ARI, `ARI_UNREACHABLE` where nothing answers.
 */
export async function findAri(url: string, credentials: AriCredentials): Promise<AriHttp> {
  const bases = url.endsWith('/ari') ? [url] : PREFIXES.map((prefix) => url + prefix);
  // `http://pbx:8088/asterisk`: the prefix is given, `/ari` is what is missing.
  if (url.endsWith('/asterisk')) bases.splice(1);
  let lastError: unknown;
  for (const base of bases) {
    const http = new AriHttp(base, credentials);
    try {
      await http.get('/asterisk/ping', pingSchema);
      return http;
    } catch (error) {
      if (!isGone(error)) throw error;
      lastError = error;
    }
  }
  throw new RelayError(
    'ARI_DISABLED',
    `${url} answers, but there is no ARI at ${bases.map((base) => new URL(base).pathname).join(' or ')}: enable it (MikoPBX: General settings, ARI; Asterisk: ari.conf)`,
    { cause: lastError },
  );
}

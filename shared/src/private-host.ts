/**
 * Whether a URL's host is this machine or a private network: the only places where `ws:` and `http:` are accepted.
 *
 * Judged by the text alone, without DNS: a name other than `localhost` counts as public. So do link-local addresses: nothing of
 * a PBX lives there, and a cloud's metadata service does.
 *
 * @see RFC 1918, RFC 4193 (fc00::/7), RFC 4291 §2.5.3 (::1)
 */
export function isPrivateHost(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (host === 'localhost' || host === '::1') return true;
  if (/^f[cd][0-9a-f]{2}:/.test(host)) return true;
  const octets = host.split('.').map(Number);
  const [first = 0, second = 0] = octets;
  if (octets.length !== 4 || !octets.every((octet) => octet >= 0 && octet <= 255)) return false;
  return (
    first === 127 ||
    first === 10 ||
    (first === 192 && second === 168) ||
    (first === 172 && second >= 16 && second <= 31)
  );
}

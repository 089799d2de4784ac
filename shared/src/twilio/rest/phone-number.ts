/**
 * A phone number, extension, `sip:` or `client:` address as Twilio takes it, without the punctuation that people write in
 * numbers. Undefined where it is none of these.
 */
export function parseAddress(text: string): string | undefined {
  if (/^(?:sips?|client):[^\s\p{Cc}<>"]{1,250}$/iu.test(text)) return text;
  const number = text.replaceAll(/[\s().-]/g, '');
  return /^\+?[0-9*#]{1,20}$/.test(number) ? number : undefined;
}

/** `(415) 867-5310` for a North American number, every other as it is: `to_formatted`, `from_formatted`. */
export function formatAddress(address: string): string {
  return address.replace(/^\+1(\d{3})(\d{3})(\d{4})$/, '($1) $2-$3');
}

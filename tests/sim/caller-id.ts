import type { CallerIdentity } from './callee.ts';

/** `"Name" <number>`, `Name <number>` or a number alone, as ARI's `callerId` takes it. */
export function parseCallerId(callerId: string): CallerIdentity {
  const [, name, number] = /^\s*"?([^"<]*?)"?\s*<([^>]*)>\s*$/.exec(callerId) ?? [];
  return number === undefined ? { name: '', number: callerId } : { name: name ?? '', number };
}

/** The agent's own voice, back from the caller's loudspeaker. */

import { wordsOf } from './words.ts';

/** The recogniser hears a word in four wrong, at worst. */
const MATCHES_PER_MISS = 3;
const HEARD_WORDS_MAX = 60;
const SAID_WORDS_MAX = 400;

/**
 * How much of what was heard is what the agent has just said: 0 to 1.
 *
 * The longest run of words that is in both, one word in four of it wrong, in relation to all that was heard. Only the
 * last 60 words heard and the last 400 said are looked at. One or two words prove nothing: everyone says "okay".
 */
export function echoShareOf(heardText: string, saidText: string): number {
  const heard = wordsOf(heardText).slice(-HEARD_WORDS_MAX);
  const said = wordsOf(saidText).slice(-SAID_WORDS_MAX);
  if (heard.length === 0) return 0;
  let longest = 0;
  // `shift` words of what was said come before the first word heard.
  for (let shift = 1 - heard.length; shift < said.length; shift++) {
    longest = Math.max(longest, longestRun(heard, said, shift, longest));
  }
  return longest / heard.length;
}

/** The longest run of `heard` in `said` at `shift` that is longer than `known`, else 0. It begins and ends with a match. */
function longestRun(
  heard: readonly string[],
  said: readonly string[],
  shift: number,
  known: number,
): number {
  const start = Math.max(0, -shift);
  const end = Math.min(heard.length, said.length - shift);
  let longest = 0;
  for (let first = start; end - first > Math.max(known, longest); first++) {
    if (heard[first] !== said[first + shift]) continue;
    let credit = 0;
    for (let i = first; i < end; i++) {
      const isMatch = heard[i] === said[i + shift];
      credit += isMatch ? 1 : -MATCHES_PER_MISS;
      if (isMatch && credit >= 0) longest = Math.max(longest, i - first + 1);
    }
  }
  return longest;
}

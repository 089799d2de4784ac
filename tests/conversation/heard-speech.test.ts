import { MULAW_SILENCE } from '@patchcord/shared/audio/g711';
import { describe, expect, it } from 'vitest';
import { joinWords } from '../speech/decode.ts';
import { encodeSpeech } from '../speech/encode.ts';
import { understand } from './heard-speech.ts';

const silence = (ms: number): Uint8Array => new Uint8Array(8 * ms).fill(MULAW_SILENCE);
const { mulaw, words } = encodeSpeech('Nine thirty it is.');
/** In the middle of "thirty". */
const CUT = Math.round(4 * ((words[1]?.startMs ?? 0) + (words[1]?.endMs ?? 0)));

describe('who hears', () => {
  it('a word with a pause in it understands it', () => {
    const held = Buffer.concat([mulaw.subarray(0, CUT), silence(800), mulaw.subarray(CUT)]);
    const heard = understand(held);
    expect(joinWords(heard)).toBe('Nine thirty it is.');
    expect(heard.some(({ partial, damaged }) => partial || damaged)).toBe(false);
  });

  it('a word that was cut off understands its beginning, whatever is said next', () => {
    const next = encodeSpeech('Sorry, go on.').mulaw;
    const heard = understand(Buffer.concat([mulaw.subarray(0, CUT), silence(800), next]));
    expect(heard.map(({ text, partial }) => [text, partial])).toEqual([
      ['Nine', false],
      [expect.stringMatching(/^th/u), true],
      ['Sorry,', false],
      ['go', false],
      ['on.', false],
    ]);
  });

  it('a word of which a part is missing does not', () => {
    const lost = Buffer.concat([mulaw.subarray(0, CUT), silence(300), mulaw.subarray(CUT + 600)]);
    expect(joinWords(understand(lost))).not.toContain('thirty');
  });
});

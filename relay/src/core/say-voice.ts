/**
 * What `voice` and `language` of `<Say>` mean: the values that Twilio takes, with Twilio's defaults, and what espeak-ng
 * calls them.
 *
 * @see https://www.twilio.com/docs/voice/twiml/say/text-speech
 */

export interface SayVoice {
  /** As in the document: `man`, `woman`, `alice`, `Polly.Joanna`, `Google.ms-MY-Wavenet-A`. */
  readonly voice: string;
  /** BCP 47. */
  readonly language: string;
}

const VOICE_DEFAULT = 'man';
const LANGUAGE_DEFAULT = 'en-US';

/** Letters, digits and what joins them: never an option, a path or a second argument of a command. */
const VOICE = /^[A-Za-z0-9][\w.+-]{0,79}$/;
const LANGUAGE = /^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}$/;
/** `Google.ms-MY-Standard-A` says its language itself. */
const GOOGLE_LANGUAGE = /^Google\.([a-z]{2,3}-[A-Z]{2})-/;

/** BCP 47 to the voices of espeak-ng that do not bear the tag's own name. Of others the first part is taken. */
const ESPEAK_VOICES: ReadonlyMap<string, string> = new Map([
  ['cmn', 'cmn'],
  ['zh', 'cmn'],
  ['zh-hk', 'yue'],
  ['yue', 'yue'],
  ['en-us', 'en-us'],
  ['en-gb', 'en-gb'],
  ['en', 'en-us'],
  ['es-mx', 'es-419'],
  ['es-us', 'es-419'],
  ['fr-be', 'fr-be'],
  ['fr-ch', 'fr-ch'],
  ['nb', 'nb'],
  ['no', 'nb'],
  ['fil', 'en-us'],
  ['pt-br', 'pt-br'],
  ['en-au', 'en-gb'],
  ['en-nz', 'en-gb'],
  ['en-in', 'en-gb'],
  ['en-my', 'en-gb'],
  ['en-sg', 'en-gb'],
]);

/** The attributes with Twilio's defaults; values that could be no voice or language count as missing. */
export function resolveVoice(voice: string | undefined, language: string | undefined): SayVoice {
  const known = voice !== undefined && VOICE.test(voice) ? voice : VOICE_DEFAULT;
  const own = GOOGLE_LANGUAGE.exec(known)?.[1] ?? LANGUAGE_DEFAULT;
  const isLanguage = language !== undefined && LANGUAGE.test(language);
  return { voice: known, language: isLanguage ? language : own };
}

/** `ms-MY` → `ms`, `zh-CN` → `cmn`, `en-GB` → `en-gb`. */
export function espeakLanguage(language: string): string {
  const tag = language.toLowerCase();
  const first = tag.split('-', 1)[0] ?? tag;
  return ESPEAK_VOICES.get(tag) ?? ESPEAK_VOICES.get(first) ?? first;
}

/** espeak-ng's variant, for `-v {language}+{voice}`: a man's for `man`, otherwise a woman's, as most of Twilio's are. */
export function espeakVariant(voice: string): string {
  return voice === 'man' ? 'm3' : 'f2';
}

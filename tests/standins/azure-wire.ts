/**
 * Bodies of Azure Speech messages: the client's speech.context, the service's results.
 *
 * Shapes as the SDK 1.52 reads them and as traces in its issues show them (speech-sdk-js #856).
 */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { RecognisedWord, RecognitionResult, Segmentation } from './recogniser.ts';

const TICKS_PER_SAMPLE = 10_000_000 / 8000;

/** Ticks of 100 ns, in which the service counts. */
export function ticks(samples: number): number {
  return Math.round(samples * TICKS_PER_SAMPLE);
}

const segmentationSchema = z
  .looseObject({
    segmentation: z
      .looseObject({
        segmentationSilenceTimeoutMs: z.number().optional(),
        segmentationForcedTimeoutMs: z.number().optional(),
      })
      .optional(),
  })
  .optional();

/** The part of speech.context that is looked at. */
export const speechContextSchema = z.looseObject({
  phraseDetection: z
    .looseObject({
      mode: z.string().optional(),
      initialSilenceTimeout: z.number().optional(),
      conversation: segmentationSchema,
      interactive: segmentationSchema,
      dictation: segmentationSchema,
    })
    .optional(),
  languageId: z.looseObject({ languages: z.array(z.string()).optional() }).optional(),
});

export type SpeechContext = z.output<typeof speechContextSchema>;

/** What a connection's query and context ask for. */
export interface RecognitionSettings {
  readonly segmentation: Segmentation;
  /** One phrase, then the turn is over. */
  readonly isInteractive: boolean;
  readonly isDetailed: boolean;
  readonly hasWordTimes: boolean;
  /** Candidates for language detection; empty when it is off. */
  readonly languages: readonly string[];
}

/** Silence and length that end a phrase when the client says nothing, and the silence allowed at the start. */
const SEGMENTATION_DEFAULT = { silenceMs: 500, forcedMs: 30_000 } as const;
const INITIAL_SILENCE_MS = { interactive: 5000, conversation: 15_000 } as const;

/** Settings from the URL's query, overridden by those of the context. */
export function recognitionSettings(url: URL, context: SpeechContext): RecognitionSettings {
  const query = new Map([...url.searchParams].map(([name, value]) => [name.toLowerCase(), value]));
  const number = (name: string) => {
    const value = Number.parseInt(query.get(name.toLowerCase()) ?? '', 10);
    return Number.isFinite(value) ? value : undefined;
  };
  const detection = context.phraseDetection;
  const mode = detection?.mode?.toLowerCase();
  const isInteractive = mode === 'interactive' || url.pathname.includes('/interactive/');
  const chosen = isInteractive
    ? detection?.interactive
    : mode === 'dictation'
      ? detection?.dictation
      : detection?.conversation;
  const silenceMs =
    chosen?.segmentation?.segmentationSilenceTimeoutMs ??
    number('segmentationSilenceTimeoutMs') ??
    SEGMENTATION_DEFAULT.silenceMs;
  const forcedMs =
    chosen?.segmentation?.segmentationForcedTimeoutMs ??
    number('segmentationMaximumTimeMs') ??
    SEGMENTATION_DEFAULT.forcedMs;
  const initialSilenceMs =
    number('initialSilenceTimeoutMs') ??
    INITIAL_SILENCE_MS[isInteractive ? 'interactive' : 'conversation'];
  return {
    segmentation: {
      silenceMs: Math.min(5000, Math.max(100, silenceMs)), // As documented: 100 to 5000 ms.
      forcedMs,
      initialSilenceMs: Math.ceil(initialSilenceMs / 20) * 20,
    },
    isInteractive,
    isDetailed: query.get('format')?.toLowerCase() === 'detailed',
    hasWordTimes: query.get('wordleveltimestamps')?.toLowerCase() === 'true',
    languages: context.languageId?.languages ?? [],
  };
}

type Phrase = Extract<RecognitionResult, { kind: 'phrase' }>;
type Hypothesis = Extract<RecognitionResult, { kind: 'hypothesis' }>;

/** How hypotheses are written: as spoken, or as Azure does, in lower case without punctuation. */
export type HypothesisText = 'display' | 'lexical';

/** Lower case without punctuation. */
export function lexical(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[\p{P}\p{S}]+/gu, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

export function hypothesisBody(
  { text, startSample, endSample }: Hypothesis,
  settings: RecognitionSettings,
  style: HypothesisText,
): object {
  return {
    Id: newId(),
    Text: style === 'lexical' ? lexical(text) : text,
    Offset: ticks(startSample),
    Duration: ticks(endSample - startSample),
    Channel: 0,
    ...primaryLanguage(text, settings.languages),
  };
}

export function phraseBody(phrase: Phrase, settings: RecognitionSettings): object {
  const { text, words, startSample, endSample } = phrase;
  const isHeard = text !== '';
  return {
    Id: newId(),
    RecognitionStatus: isHeard ? 'Success' : 'NoMatch',
    Offset: ticks(startSample),
    Duration: ticks(endSample - startSample),
    Channel: 0,
    ...(isHeard ? primaryLanguage(text, settings.languages) : {}),
    ...(isHeard ? { DisplayText: text } : {}),
    ...(isHeard && settings.isDetailed ? { NBest: [best(text, words, settings)] } : {}),
  };
}

function best(
  text: string,
  words: readonly RecognisedWord[],
  { hasWordTimes }: RecognitionSettings,
): object {
  return {
    Confidence: 0.95,
    Lexical: lexical(text),
    ITN: lexical(text),
    MaskedITN: lexical(text),
    Display: text,
    ...(hasWordTimes
      ? {
          Words: words.map((word) => ({
            Word: lexical(word.text),
            Offset: ticks(word.startSample),
            Duration: ticks(word.endSample - word.startSample),
          })),
        }
      : {}),
  };
}

/** A phrase that holds nothing but its status. */
export function statusBody(
  status: 'InitialSilenceTimeout' | 'EndOfDictation',
  endSample: number,
): object {
  return {
    Id: newId(),
    RecognitionStatus: status,
    Offset: ticks(endSample),
    Duration: 0,
    Channel: 0,
  };
}

/** The candidate that fits the script, and for Malay the words; else the first that is neither. */
function primaryLanguage(text: string, languages: readonly string[]): object {
  if (languages.length === 0) return {};
  const startsWith = (prefix: string) => languages.find((language) => language.startsWith(prefix));
  const isMalay = /\b(saya|anda|nak|boleh|untuk|selamat|apa|pukul|terima|itu)\b/i.test(text);
  const found = /\p{Script=Han}/u.test(text)
    ? startsWith('zh')
    : isMalay
      ? (startsWith('ms') ?? startsWith('id'))
      : languages.find((language) => !/^(zh|ms|id)/.test(language));
  return { PrimaryLanguage: { Language: found ?? languages[0], Confidence: 'High' } };
}

function newId(): string {
  return randomUUID().replaceAll('-', '');
}

/** What both ways to ElevenLabs need to know. */

export interface ElevenLabsOptions {
  readonly apiKey: string;
  /** Such as `https://api.elevenlabs.io`. */
  readonly url: string;
  readonly voiceId: string;
  readonly modelId: string;
  /** ISO 639-1, such as `ms`. */
  readonly languageCode: string;
}

/** µ-law at 8 kHz, as the telephone has it: nothing is converted on the way. */
export const OUTPUT_FORMAT = 'ulaw_8000';

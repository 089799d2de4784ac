/**
 * Azure Speech with its own SDK, which runs in workerd as it is (facts/edge-runtime.md section 5).
 *
 * µ-law goes in untouched: `getWaveFormat(8000, 8, 1, MuLaw)` becomes RIFF format tag 7. The SDK sends it in pieces of
 * 100 ms. Its error details hold the URL with the key in the query string, so none of them gets out of here.
 */

import {
  AudioConfig,
  AudioFormatTag,
  AudioInputStream,
  AudioStreamFormat,
  CancellationErrorCode,
  CancellationReason,
  ProfanityOption,
  PropertyId,
  Recognizer,
  ResultReason,
  SpeechConfig,
  SpeechRecognizer,
  type RecognitionResult,
} from 'microsoft-cognitiveservices-speech-sdk';
import type { FaultCode } from '../../call/core/faults.ts';
import type { Stt, SttListener, SttStream } from '../stt.ts';

export interface AzureOptions {
  readonly key: string;
  /** Such as `wss://southeastasia.stt.speech.microsoft.com/stt/speech/universal/v2`; a full path, or the SDK looks for redirects. */
  readonly url: URL;
  /** BCP 47, such as `en-US`. */
  readonly language: string;
}

/** Azure counts in units of 100 ns. */
const TICKS_PER_MS = 10_000;

/** The service's shortest sensible silence before it calls a phrase final; our own endpointing decides about turns. */
const SEGMENTATION_SILENCE_MS = 300;

Recognizer.enableTelemetry(false);

export class AzureStt implements Stt {
  readonly #options: AzureOptions;

  constructor(options: AzureOptions) {
    this.#options = options;
  }

  open(listener: SttListener): SttStream {
    return new AzureStream(this.#options, listener);
  }
}

class AzureStream implements SttStream {
  readonly #audio = AudioInputStream.createPushStream(
    AudioStreamFormat.getWaveFormat(8000, 8, 1, AudioFormatTag.MuLaw),
  );
  readonly #recognizer: SpeechRecognizer;
  #isClosed = false;

  constructor(options: AzureOptions, listener: SttListener) {
    const recognizer = new SpeechRecognizer(
      configOf(options),
      AudioConfig.fromStreamInput(this.#audio),
    );
    this.#recognizer = recognizer;
    recognizer.recognizing = (_, { result }) => {
      if (!this.#isClosed && result.text) listener.onHypothesis(recognitionOf(result));
    };
    recognizer.recognized = (_, { result }) => {
      if (this.#isClosed || result.reason !== ResultReason.RecognizedSpeech || !result.text) return;
      listener.onPhrase(recognitionOf(result));
    };
    recognizer.canceled = (_, { reason, errorCode }) => {
      if (this.#isClosed || reason !== CancellationReason.Error) return;
      this.#fail(listener, codeOf(errorCode), CancellationErrorCode[errorCode]);
    };
    recognizer.startContinuousRecognitionAsync(undefined, () => {
      this.#fail(listener, 'STT_UNAVAILABLE', 'recognition did not start');
    });
  }

  push(mulaw: Uint8Array): void {
    if (this.#isClosed) return;
    // The SDK keeps what it is given, so it gets bytes of its own.
    this.#audio.write(new Uint8Array(mulaw).buffer);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#audio.close();
    // Both callbacks: without the second one the SDK throws out of a timer when the connection is gone already.
    this.#recognizer.close(
      () => undefined,
      () => undefined,
    );
  }

  #fail(listener: SttListener, code: FaultCode, what: string | undefined): void {
    if (this.#isClosed) return;
    this.close();
    listener.onFault({ code, message: `speech recognition ended: ${what ?? 'unknown reason'}` });
  }
}

function configOf({ key, url, language }: AzureOptions): SpeechConfig {
  const config = SpeechConfig.fromEndpoint(url, key);
  config.speechRecognitionLanguage = language;
  // Masked words ("****") are no use to the model, and never what was said.
  config.setProfanity(ProfanityOption.Raw);
  config.setProperty(
    PropertyId.Speech_SegmentationSilenceTimeoutMs,
    String(SEGMENTATION_SILENCE_MS),
  );
  return config;
}

function recognitionOf({ text, offset, duration }: RecognitionResult) {
  return {
    text,
    startMs: offset / TICKS_PER_MS,
    endMs: (offset + duration) / TICKS_PER_MS,
  };
}

function codeOf(code: CancellationErrorCode): FaultCode {
  switch (code) {
    case CancellationErrorCode.AuthenticationFailure:
    case CancellationErrorCode.Forbidden:
      return 'STT_AUTH';
    case CancellationErrorCode.TooManyRequests:
      return 'STT_RATE_LIMITED';
    case CancellationErrorCode.BadRequestParameters:
      return 'STT_BAD_REQUEST';
    default:
      return 'STT_UNAVAILABLE';
  }
}

/**
 * Azure Speech with its own SDK, which runs in workerd as it is (facts/edge-runtime.md section 5).
 *
 * µ-law goes in untouched: `getWaveFormat(8000, 8, 1, MuLaw)` becomes RIFF format tag 7. The SDK sends it in pieces of
 * 100 ms. Its error details hold the URL with the key in the query string, so none of them gets out of here.
 *
 * A WebSocket that is refused does not say why: to the SDK a wrong key and a service that is away look alike. So a
 * connection that never came about is tried once more by hand, and the status of that handshake tells.
 */

import {
  AudioConfig,
  AudioFormatTag,
  AudioInputStream,
  AudioStreamFormat,
  CancellationErrorCode,
  CancellationReason,
  Connection,
  ProfanityOption,
  PropertyId,
  Recognizer,
  ResultReason,
  SpeechConfig,
  SpeechRecognizer,
  type RecognitionResult,
} from 'microsoft-cognitiveservices-speech-sdk';
import type { Fault, FaultCode } from '../../call/core/faults.ts';
import { codeOfStatus } from '../error.ts';
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

/** The caller waits for an explanation meanwhile. */
const REFUSAL_MS_MAX = 2000;

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
  readonly #options: AzureOptions;
  #isConnected = false;
  #isStopped = false;
  #isClosed = false;

  constructor(options: AzureOptions, listener: SttListener) {
    this.#options = options;
    const recognizer = new SpeechRecognizer(
      configOf(options),
      AudioConfig.fromStreamInput(this.#audio),
    );
    this.#recognizer = recognizer;
    Connection.fromRecognizer(recognizer).connected = () => {
      this.#isConnected = true;
    };
    recognizer.recognizing = (_, { result }) => {
      if (!this.#isClosed && result.text) listener.onHypothesis(recognitionOf(result));
    };
    recognizer.recognized = (_, { result }) => {
      if (this.#isClosed || result.reason !== ResultReason.RecognizedSpeech || !result.text) return;
      listener.onPhrase(recognitionOf(result));
    };
    recognizer.canceled = (_, { reason, errorCode }) => {
      if (this.#isClosed || reason !== CancellationReason.Error) return;
      const code = codeOf(errorCode);
      const message = `speech recognition ended: ${CancellationErrorCode[errorCode]}`;
      void this.#fail(listener, { code, message });
    };
    recognizer.startContinuousRecognitionAsync(undefined, () => {
      const message = 'speech recognition did not start';
      void this.#fail(listener, { code: 'STT_UNAVAILABLE', message });
    });
  }

  push(mulaw: Uint8Array): void {
    if (this.#isStopped) return;
    // The SDK keeps what it is given, so it gets bytes of its own.
    this.#audio.write(new Uint8Array(mulaw).buffer);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stop();
  }

  #stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#audio.close();
    // Both callbacks: without the second one the SDK throws out of a timer when the connection is gone already.
    this.#recognizer.close(
      () => undefined,
      () => undefined,
    );
  }

  async #fail(listener: SttListener, fault: Fault): Promise<void> {
    if (this.#isStopped) return;
    this.#stop();
    const refusal = this.#isConnected ? undefined : await refusalOf(this.#options);
    if (!this.#isClosed) listener.onFault(refusal ?? fault);
    this.#isClosed = true;
  }
}

/** Why the service refuses the connection; undefined when it does not, or cannot be reached. */
async function refusalOf({ url, key }: AzureOptions): Promise<Fault | undefined> {
  const target = new URL(url);
  target.protocol = target.protocol.replace('ws', 'http');
  try {
    const response = await fetch(target, {
      headers: { Upgrade: 'websocket', 'Ocp-Apim-Subscription-Key': key },
      signal: AbortSignal.timeout(REFUSAL_MS_MAX),
    });
    if (response.webSocket) {
      response.webSocket.accept();
      response.webSocket.close(1000);
      return undefined;
    }
    await response.body?.cancel();
    const { status } = response;
    return { code: codeOfStatus('STT', status), message: `speech recognition answered ${status}` };
  } catch {
    return undefined;
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

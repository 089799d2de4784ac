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
  AutoDetectSourceLanguageConfig,
  CancellationErrorCode,
  CancellationReason,
  Connection,
  LanguageIdMode,
  PhraseListGrammar,
  ProfanityOption,
  PropertyId,
  Recognizer,
  ResultReason,
  SpeechConfig,
  SpeechRecognizer,
  type RecognitionResult,
} from 'microsoft-cognitiveservices-speech-sdk';
import type { Recognition } from '../../call/core/contract.ts';
import type { Fault, FaultCode } from '../../call/core/faults.ts';
import type { SttPlan } from '../../call/plan.ts';
import { codeOfStatus } from '../error.ts';
import type { Stt, SttListener, SttRequest, SttStream } from '../stt.ts';

/** One of the service's endpoints, and what it is to listen for. */
interface AzureOptions {
  readonly key: string;
  /** Such as `wss://southeastasia.stt.speech.microsoft.com/stt/speech/universal/v2`; a full path, or the SDK looks for redirects. */
  readonly url: URL;
  /** BCP 47, such as `en-US`. */
  readonly languages: readonly string[];
  readonly plan: SttPlan;
}

/** Azure counts in units of 100 ns. */
const TICKS_PER_MS = 10_000;

/**
 * 100 ms: the SDK sends no less at a time. A piece of just that size it takes as it is; smaller ones it would copy
 * together, with a dozen objects for each.
 */
const PIECE_BYTES = 800;

/** The caller waits for an explanation meanwhile. */
const REFUSAL_MS_MAX = 2000;

Recognizer.enableTelemetry(false);

export class AzureStt implements Stt {
  readonly #plan: SttPlan;

  constructor(plan: SttPlan) {
    this.#plan = plan;
  }

  open({ languages, endpoint }: SttRequest, listener: SttListener): SttStream {
    const plan = this.#plan;
    const target = plan.endpoints[endpoint] ?? plan.endpoints[0];
    if (target === undefined) throw new Error('speech recognition without an endpoint');
    return new AzureStream({ ...target, languages, plan }, listener);
  }
}

class AzureStream implements SttStream {
  readonly #audio = AudioInputStream.createPushStream(
    AudioStreamFormat.getWaveFormat(8000, 8, 1, AudioFormatTag.MuLaw),
  );
  readonly #recognizer: SpeechRecognizer;
  readonly #options: AzureOptions;
  #piece = new Uint8Array(PIECE_BYTES);
  #filled = 0;
  #isConnected = false;
  #isStopped = false;
  #isClosed = false;

  constructor(options: AzureOptions, listener: SttListener) {
    this.#options = options;
    const recognizer = recognizerOf(options, AudioConfig.fromStreamInput(this.#audio));
    this.#recognizer = recognizer;
    Connection.fromRecognizer(recognizer).connected = () => {
      this.#isConnected = true;
    };
    recognizer.recognizing = (_, { result }) => {
      if (!this.#isClosed && result.text) listener.onHypothesis(recognitionOf(result));
    };
    recognizer.recognized = (_, { result }) => {
      const isHeard = [ResultReason.RecognizedSpeech, ResultReason.NoMatch].includes(result.reason);
      // Of nothing, at no time, there is nothing to tell.
      const isPlaced = Number.isFinite(result.offset + result.duration);
      if (this.#isClosed || !isHeard || (!result.text && !isPlaced)) return;
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
    for (let at = 0; at < mulaw.length && !this.#isStopped;) {
      const part = mulaw.subarray(at, at + PIECE_BYTES - this.#filled);
      this.#piece.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled === PIECE_BYTES) this.#write();
    }
  }

  #write(): void {
    this.#audio.write(this.#piece.buffer);
    // The SDK keeps what it is given.
    this.#piece = new Uint8Array(PIECE_BYTES);
    this.#filled = 0;
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

function recognizerOf(options: AzureOptions, audio: AudioConfig): SpeechRecognizer {
  const config = configOf(options);
  const { languages, plan } = options;
  const [language = 'en-US'] = languages;
  if (languages.length < 2) config.speechRecognitionLanguage = language;
  const recognizer =
    languages.length < 2
      ? new SpeechRecognizer(config, audio)
      : SpeechRecognizer.FromConfig(config, identificationOf(languages), audio);
  if (plan.phraseList.length > 0) {
    PhraseListGrammar.fromRecognizer(recognizer).addPhrases([...plan.phraseList]);
  }
  return recognizer;
}

/** Told apart again with every phrase: the first one may be a greeting that sounds alike in all of them. */
function identificationOf(languages: readonly string[]): AutoDetectSourceLanguageConfig {
  const config = AutoDetectSourceLanguageConfig.fromLanguages([...languages]);
  config.mode = LanguageIdMode.Continuous;
  return config;
}

function configOf({ key, url, plan }: AzureOptions): SpeechConfig {
  const config = SpeechConfig.fromEndpoint(url, key);
  // Masked words ("****") are no use to the model, and never what was said.
  config.setProfanity(ProfanityOption.Raw);
  config.setProperty(
    PropertyId.Speech_SegmentationSilenceTimeoutMs,
    String(plan.segmentationSilenceMs),
  );
  return config;
}

/** Without a word (`NoMatch`) there is no text. */
function recognitionOf({ text, offset, duration, language }: RecognitionResult): Recognition {
  return {
    text: text || '',
    ...(language ? { language } : {}),
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

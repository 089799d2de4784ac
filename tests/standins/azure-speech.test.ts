import sdk from 'microsoft-cognitiveservices-speech-sdk';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { encodeSpeech } from '../speech/encode.ts';
import { mulawToAlaw } from '../rig/alaw.ts';
import { concat, silence } from '../speech/line.ts';
import { startAzureSpeechStandin } from './azure-speech.ts';
import type { AzureSpeechOptions, AzureSpeechStandin } from './azure-speech.ts';

const UNIVERSAL = '/stt/speech/universal/v2';
const MULAW = () => sdk.AudioStreamFormat.getWaveFormat(8000, 8, 1, sdk.AudioFormatTag.MuLaw);

beforeAll(() => sdk.Recognizer.enableTelemetry(false));

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function start(options: AzureSpeechOptions = {}): Promise<AzureSpeechStandin> {
  const standin = await startAzureSpeechStandin({
    key: 'right-key',
    latencies: { hypothesisMs: 0, finalMs: 0 },
    ...options,
  });
  closing.push(() => standin.close());
  return standin;
}

type Recognised = Pick<sdk.SpeechRecognitionResult, 'text' | 'offset' | 'duration' | 'reason'>;

/** Microsoft's recogniser on a push stream, with everything it reports. */
class Listener {
  readonly recognizing: string[] = [];
  readonly recognized: Recognised[] = [];
  readonly cancelled: sdk.SpeechRecognitionCanceledEventArgs[] = [];
  readonly recogniser: sdk.SpeechRecognizer;
  readonly #stream: sdk.PushAudioInputStream;
  readonly #waiting: { isDone: () => boolean; resolve: () => void }[] = [];

  constructor(
    standin: AzureSpeechStandin,
    configure: (config: sdk.SpeechConfig) => void = () => undefined,
    format = MULAW(),
    key = 'right-key',
    path = UNIVERSAL,
  ) {
    const config = sdk.SpeechConfig.fromEndpoint(new URL(standin.url + path), key);
    config.speechRecognitionLanguage = 'en-US';
    // The SDK's own spelling: how much audio may go faster than real time.
    config.setProperty('SPEECH-TransmitLengthBeforThrottleMs', '600000');
    configure(config);
    this.#stream = sdk.AudioInputStream.createPushStream(format);
    this.recogniser = new sdk.SpeechRecognizer(
      config,
      sdk.AudioConfig.fromStreamInput(this.#stream),
    );
    this.recogniser.recognizing = (_, { result }) => {
      this.recognizing.push(result.text);
      this.#check();
    };
    this.recogniser.recognized = (_, { result }) => {
      this.recognized.push(result);
      this.#check();
    };
    this.recogniser.canceled = (_, event) => {
      this.cancelled.push(event);
      this.#check();
    };
    // Not waited for: the SDK's close never ends when the service has stalled.
    closing.push(() => this.recogniser.close());
  }

  /** Sends audio in frames of 20 ms, as a call does. */
  hear(audio: Uint8Array): void {
    for (let offset = 0; offset < audio.length; offset += 160) {
      this.#stream.write(audio.slice(offset, offset + 160).buffer);
    }
  }

  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.recogniser.startContinuousRecognitionAsync(resolve, reject);
    });
  }

  stop(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.recogniser.stopContinuousRecognitionAsync(resolve, reject);
    });
  }

  /** Until the condition holds after some event. */
  until(isDone: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ isDone, resolve });
      this.#check();
    });
  }

  /** A caller who says no more: silence until the condition holds. The SDK replays audio only while more is coming. */
  async untilInSilence(isDone: () => boolean): Promise<void> {
    await until(() => {
      if (!isDone()) this.hear(silence(800));
      return isDone();
    });
  }

  get texts(): string[] {
    return this.recognized.map((result) => result.text);
  }

  #check(): void {
    for (const { isDone, resolve } of this.#waiting) if (isDone()) resolve();
  }
}

const UTTERANCES = [
  'Hello, is this the restaurant?',
  'I would like to book a table for four, on Friday at 7:30 p.m.',
  'Boleh saya duduk dekat tingkap? 谢谢您。',
];
const CALL = concat(
  ...UTTERANCES.flatMap((text) => [silence(8000), encodeSpeech(text).mulaw, silence(6400)]),
);

describe("Microsoft's SDK hears", () => {
  test('several utterances word for word, with hypotheses and offsets, and stops cleanly', async () => {
    const standin = await start();
    const listener = new Listener(standin);
    await listener.start();
    listener.hear(CALL);
    await listener.until(() => listener.recognized.length === UTTERANCES.length);
    await listener.stop();

    expect(listener.texts).toEqual(UTTERANCES);
    expect(listener.recognizing).toContain('Hello, is this');
    expect(listener.recognizing).toContain('Boleh saya duduk dekat tingkap? 谢谢您。');
    let startMs = 0;
    UTTERANCES.forEach((text, index) => {
      const { offset, duration } = listener.recognized[index] as Recognised;
      const lengthMs = encodeSpeech(text).mulaw.length / 8;
      expect(offset / 10_000 - (startMs + 1000)).toBeLessThanOrEqual(40);
      expect(offset / 10_000).toBeGreaterThan(startMs + 980);
      expect(Math.abs(duration / 10_000 - (lengthMs - 80))).toBeLessThanOrEqual(40);
      startMs += 1000 + lengthMs + 800;
    });
    expect(standin.requests.entries[0]).toMatchObject({
      path: UNIVERSAL,
      status: 101,
      hasConfig: true,
      turns: [{ format: 'mulaw-8000', phrases: UTTERANCES }],
    });
    expect(JSON.stringify(standin.requests.entries)).not.toContain('right-key');
  });

  test('the same when the service ends the turn after each phrase', async () => {
    const standin = await start({ phrasesPerTurn: 1 });
    const listener = new Listener(standin);
    await listener.start();
    for (const [index, text] of UTTERANCES.entries()) {
      listener.hear(concat(silence(4000), encodeSpeech(text).mulaw));
      await listener.untilInSilence(() => listener.recognized.length === index + 1);
    }
    await listener.stop();
    expect(listener.texts).toEqual(UTTERANCES);
    expect(standin.requests.entries[0]?.turns.length).toBeGreaterThanOrEqual(3);
    const offsets = listener.recognized.map((result) => result.offset);
    expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
  });

  test('what was begun when it is stopped', async () => {
    const listener = new Listener(await start());
    await listener.start();
    listener.hear(encodeSpeech('No silence after this').mulaw);
    await listener.until(() => listener.recognizing.includes('No silence after this'));
    await listener.stop();
    expect(listener.texts).toEqual(['No silence after this']);
  });

  test.each([
    ['A-law', () => sdk.AudioStreamFormat.getWaveFormat(8000, 8, 1, sdk.AudioFormatTag.ALaw)],
    ['16-bit PCM at 8 kHz', () => sdk.AudioStreamFormat.getWaveFormatPCM(8000, 16, 1)],
    ['16-bit PCM at 16 kHz', () => sdk.AudioStreamFormat.getWaveFormatPCM(16_000, 16, 1)],
  ])('%s', async (name, format) => {
    const text = 'Any format will do.';
    const { mulaw, linear } = encodeSpeech(text);
    const wide = Int16Array.from(
      { length: linear.length * 2 },
      (_, at) => linear[at >> 1] as number,
    );
    const audio =
      name === 'A-law'
        ? concat(mulawToAlaw(mulaw), mulawToAlaw(silence(8000)))
        : concat(
            new Uint8Array((name.endsWith('16 kHz') ? wide : linear).buffer),
            new Uint8Array(32_000),
          );
    const listener = new Listener(await start(), undefined, format());
    await listener.start();
    listener.hear(audio);
    await listener.until(() => listener.recognized.length === 1);
    expect(listener.texts).toEqual([text]);
  });

  test('one utterance with recognizeOnce, in detail with word times', async () => {
    const listener = new Listener(await start(), (config) => {
      config.outputFormat = sdk.OutputFormat.Detailed;
      config.requestWordLevelTimestamps();
    });
    listener.hear(concat(encodeSpeech('Just this once.').mulaw, silence(8000)));
    const result = await new Promise<sdk.SpeechRecognitionResult>((resolve, reject) => {
      listener.recogniser.recognizeOnceAsync(resolve, reject);
    });
    expect(result.text).toBe('Just this once.');
    const { NBest } = JSON.parse(result.json) as {
      NBest: { Confidence: number; Words: { Word: string; Offset: number }[] }[];
    };
    expect(NBest[0]?.Words.map((word) => word.Word)).toEqual(['just', 'this', 'once']);
    expect(NBest[0]?.Words[0]?.Offset).toBeGreaterThan(0);
  });

  test('phrases as short as segmentationSilenceTimeoutMs says, and languages when asked', async () => {
    const standin = await start({ hypothesisText: 'lexical' });
    const listener = new Listener(standin, (config) => {
      config.setProperty(sdk.PropertyId.Speech_SegmentationSilenceTimeoutMs, '200');
    });
    await listener.start();
    listener.hear(concat(encodeSpeech('One. Two.').mulaw, silence(3200)));
    await listener.until(() => listener.recognized.length === 2);
    expect(listener.texts).toEqual(['One.', 'Two.']);
    expect(listener.recognizing).toEqual(['one', 'two']);
  });

  test('damaged words as <unk>, noise as NoMatch', async () => {
    const standin = await start();
    const listener = new Listener(standin);
    await listener.start();
    const { mulaw, words } = encodeSpeech('This word is broken');
    const at = (words[1]?.startMs ?? 0) * 8 + 900;
    listener.hear(concat(mulaw.subarray(0, at), mulaw.subarray(at + 480), silence(8000)));
    const loud = Uint8Array.from({ length: 4000 }, (_, index) => (index % 13) * 19);
    listener.hear(concat(loud, silence(8000)));
    await listener.until(() => listener.recognized.length === 2);
    expect(listener.texts[0]).toBe('This <unk> is broken');
    expect(listener.recognized[1]?.reason).toBe(sdk.ResultReason.NoMatch);
  });

  test('nothing for a while: NoMatch, then goes on listening in a new turn', async () => {
    const standin = await start();
    const listener = new Listener(standin, (config) => {
      config.setProperty(sdk.PropertyId.SpeechServiceConnection_InitialSilenceTimeoutMs, '1000');
    });
    await listener.start();
    listener.hear(silence(8800));
    await listener.until(() => listener.recognized.length === 1);
    expect(listener.recognized[0]?.reason).toBe(sdk.ResultReason.NoMatch);
    await listener.untilInSilence(() => standin.requests.entries[0]?.turns.length === 2);
    listener.hear(concat(silence(1600), encodeSpeech('Still there?').mulaw));
    await listener.untilInSilence(() => listener.texts.includes('Still there?'));
    expect(standin.requests.entries[0]?.turns.length).toBeGreaterThanOrEqual(2);
  });
});

describe('faults, as the SDK sees them', () => {
  test('a wrong key is refused', async () => {
    const standin = await start();
    const listener = new Listener(standin, undefined, MULAW(), 'wrong-key');
    void listener.start().catch(() => undefined);
    await listener.until(() => listener.cancelled.length === 1);
    expect(listener.cancelled[0]?.errorCode).toBe(sdk.CancellationErrorCode.ConnectionFailure);
    expect(standin.requests.entries.every((entry) => entry.status === 401)).toBe(true);
  });

  test('a refused connection and a 429 are tried again', async () => {
    const standin = await start();
    standin.next({ fault: { kind: 'refuse' } }, { fault: { kind: 'status', status: 429 } });
    const listener = new Listener(standin);
    await listener.start();
    listener.hear(concat(encodeSpeech('Third time lucky.').mulaw, silence(8000)));
    await listener.until(() => listener.recognized.length === 1);
    expect(standin.requests.entries.map((entry) => entry.status)).toEqual([0, 429, 101]);
  });

  test('after a cut connection the SDK sends again what was not recognised', async () => {
    const standin = await start();
    standin.next({ fault: { kind: 'disconnect', after: 1 } });
    const listener = new Listener(standin);
    await listener.start();
    listener.hear(concat(encodeSpeech('Cut in the middle of it').mulaw, silence(8000)));
    await listener.untilInSilence(() => listener.recognized.length === 1);
    expect(listener.texts).toEqual(['Cut in the middle of it']);
    expect(standin.requests.total).toBe(2);
  });

  test('close code 1007 cancels', async () => {
    const standin = await start();
    standin.next({ fault: { kind: 'error', code: 1007, message: 'no such thing' } });
    const listener = new Listener(standin);
    await listener.start();
    listener.hear(encodeSpeech('Hello there').mulaw);
    await listener.until(() => listener.cancelled.length === 1);
    expect(listener.cancelled[0]?.errorCode).toBe(sdk.CancellationErrorCode.BadRequestParameters);
  });

  test('a stalled service says nothing more', async () => {
    const standin = await start();
    standin.next({ fault: { kind: 'stall', after: 2 } });
    const listener = new Listener(standin);
    await listener.start();
    listener.hear(concat(encodeSpeech('One two three four').mulaw, silence(8000)));
    await listener.until(() => listener.recognizing.length === 2);
    listener.hear(CALL);
    await until(() => standin.requests.entries[0]?.turns[0]?.phrases.length === 4);
    expect(listener.recognizing).toEqual(['One', 'One two']);
    expect(listener.recognized).toEqual([]);
  });

  test('set over HTTP', async () => {
    const standin = await start();
    const post = (body: unknown) =>
      fetch(`http://127.0.0.1:${standin.port}/standin/faults`, {
        method: 'POST',
        body: JSON.stringify(body),
      });
    const set = await post({ next: [{ finalMs: 5, fault: { kind: 'stall', after: 3 } }] });
    expect(await set.json()).toEqual({ waiting: 1 });
    expect((await post({ next: [{ finalMs: -1 }] })).status).toBe(400);
    expect((await post({ next: [{ unknown: 1 }] })).status).toBe(400);
    expect(standin.behaviour.takePlan()).toEqual({
      hypothesisMs: 0,
      finalMs: 5,
      fault: { kind: 'stall', after: 3 },
    });
    const log = await fetch(`http://127.0.0.1:${standin.port}/standin/requests`);
    expect(await log.json()).toEqual({ total: 0, requests: [] });
  });
});

/** Looks again after each turn of the event loop. */
async function until(isDone: () => boolean): Promise<void> {
  const giveUpAt = Date.now() + 4000;
  while (!isDone() && Date.now() < giveUpAt) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(isDone()).toBe(true);
}

import { once } from 'node:events';
import { ElevenLabsClient, ElevenLabsError } from 'elevenlabs';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { decodeSpeech, decodeWords } from '../speech/decode.ts';
import type { ElevenLabsOptions, ElevenLabsStandin } from './elevenlabs.ts';
import { startElevenLabsStandin } from './elevenlabs.ts';
import type { Alignment } from './elevenlabs-wire.ts';

const VOICE = '21m00Tcm4TlvDq8ikWAM';
const QUERY =
  'model_id=eleven_flash_v2_5&output_format=ulaw_8000&auto_mode=true&sync_alignment=true';

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of closing.splice(0).toReversed()) await end();
});

async function start(options: ElevenLabsOptions = {}): Promise<ElevenLabsStandin> {
  const standin = await startElevenLabsStandin({
    apiKey: 'right-key',
    latencies: { firstByteMs: 0, chunkMs: 0, leadingSilenceMs: 100 },
    ...options,
  });
  closing.push(() => standin.close());
  return standin;
}

interface ServerMessage {
  readonly audio?: string;
  readonly alignment?: Alignment | null;
  readonly isFinal?: boolean | null;
  readonly contextId?: string;
  readonly error?: string;
}

/** A client of the socket, with all it was sent. */
class Client {
  readonly messages: ServerMessage[] = [];
  readonly garbage: string[] = [];
  readonly socket: WebSocket;
  closed: { code: number; reason: string } | undefined;
  readonly #waiting: { isDone: () => boolean; resolve: () => void }[] = [];

  constructor(standin: ElevenLabsStandin, query = QUERY, key = 'right-key') {
    const url = `ws://127.0.0.1:${standin.port}/v1/text-to-speech/${VOICE}/multi-stream-input?${query}`;
    this.socket = new WebSocket(url, { headers: key === '' ? {} : { 'xi-api-key': key } });
    this.socket.on('message', (data: Buffer) => {
      try {
        this.messages.push(JSON.parse(data.toString('utf8')) as ServerMessage);
      } catch {
        this.garbage.push(data.toString('utf8'));
      }
      this.#check();
    });
    this.socket.on('close', (code, reason) => {
      this.closed = { code, reason: reason.toString('utf8') };
      this.#check();
    });
    this.socket.on('error', () => undefined);
    closing.push(() => this.socket.terminate());
  }

  async open(): Promise<this> {
    await once(this.socket, 'open');
    return this;
  }

  send(...messages: object[]): void {
    for (const message of messages) this.socket.send(JSON.stringify(message));
  }

  /** Until the condition holds after some message, or the close. */
  until(isDone: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ isDone, resolve });
      this.#check();
    });
  }

  async untilClosed(): Promise<{ code: number; reason: string }> {
    await this.until(() => this.closed !== undefined);
    return this.closed ?? { code: 0, reason: '' };
  }

  #check(): void {
    for (const { isDone, resolve } of this.#waiting) if (isDone()) resolve();
  }

  isFinal(contextId: string): boolean {
    return this.of(contextId).some((message) => message.isFinal === true);
  }

  of(contextId: string): ServerMessage[] {
    return this.messages.filter((message) => message.contextId === contextId);
  }

  audio(contextId: string): Buffer {
    return Buffer.concat(
      this.of(contextId).map((message) => Buffer.from(message.audio ?? '', 'base64')),
    );
  }
}

const text = (value: string, context_id = 'one') => ({ text: value, context_id });
const close = (context_id = 'one') => ({ context_id, close_context: true });
const flush = (context_id = 'one') => ({ context_id, flush: true });

describe('multi-stream-input', () => {
  test('says what it is given, sentence by sentence, and ends a context once', async () => {
    const standin = await start();
    const client = await new Client(standin).open();
    client.send(
      { ...text(' '), voice_settings: { stability: 0.5 } },
      text('Hello there. How '),
      text('are you? I am '),
      text('fine', 'one'),
      flush(),
      close(),
    );
    await client.until(() => client.isFinal('one'));
    expect(decodeSpeech(client.audio('one'))).toBe('Hello there. How are you? I am fine');
    expect(client.of('one').filter((message) => message.isFinal === true)).toHaveLength(1);
    expect(standin.requests.entries[0]?.contexts).toEqual([
      {
        contextId: 'one',
        text: 'Hello there. How are you? I am fine',
        audioBytes: client.audio('one').length,
        isCancelled: false,
        isFinal: true,
      },
    ]);
  });

  test('with alignment: every character, at the place in the chunk where it is heard', async () => {
    const client = await new Client(await start()).open();
    const said = 'Welcome to Kedai Kopi, 您好吗? ';
    client.send(text(said), flush(), close());
    await client.until(() => client.isFinal('one'));
    const chunks = client.of('one').filter((message) => message.audio !== undefined);
    expect(chunks.length).toBeGreaterThan(2);
    const sizes = chunks.map((chunk) => Buffer.from(chunk.audio ?? '', 'base64').length);
    expect(sizes.slice(0, 2)).toEqual([1704, 2664]);
    let chunkStartMs = 0;
    const startsMs: number[] = [];
    chunks.forEach((chunk, index) => {
      const startTimesMs = chunk.alignment?.charStartTimesMs ?? [];
      expect(chunk.alignment?.charDurationsMs).toHaveLength(startTimesMs.length);
      expect(startTimesMs.every((ms) => ms >= 0)).toBe(true);
      startsMs.push(...startTimesMs.map((ms) => ms + chunkStartMs));
      chunkStartMs += (sizes[index] as number) / 8;
    });
    expect(chunks.flatMap((chunk) => chunk.alignment?.chars ?? []).join('')).toBe(said);
    const heard = decodeWords(client.audio('one')).filter((word) => !word.joined);
    const wordStarts = [0, 8, 11, 17, 23].map((char) => startsMs[char] as number);
    heard.forEach((word, index) => {
      expect(Math.abs(word.startSample / 8 - (wordStarts[index] as number))).toBeLessThanOrEqual(2);
    });
    expect(heard).toHaveLength(5);
    expect(startsMs[0]).toBe(100); // leading silence
  });

  test('five contexts side by side, each with its own text', async () => {
    const client = await new Client(await start()).open();
    const names = ['one', 'two', 'three', 'four', 'five'];
    for (const name of names) client.send(text(`This is ${name}. `, name));
    for (const name of names) client.send(flush(name), close(name));
    await client.until(() => names.every((name) => client.isFinal(name)));
    for (const name of names) expect(decodeSpeech(client.audio(name))).toBe(`This is ${name}.`);
    client.send(text('Once more.'), flush(), { close_socket: true });
    expect((await client.untilClosed()).code).toBe(1000);
    expect(decodeSpeech(client.audio('one'))).toBe('This is one. Once more.');
  });

  test('stops in the middle when the context is closed without a flush', async () => {
    const standin = await start({
      latencies: { firstByteMs: 0, chunkMs: 60_000, leadingSilenceMs: 0 },
    });
    const client = await new Client(standin).open();
    const long = 'This is a very long sentence which is going to be interrupted by the caller. ';
    client.send(text(long));
    await client.until(() => client.messages.length === 1);
    client.send(close());
    await client.until(() => client.isFinal('one'));
    const heard = decodeSpeech(client.audio('one'));
    expect(long.startsWith(heard)).toBe(true);
    expect(standin.requests.entries[0]?.contexts[0]).toMatchObject({ isCancelled: true });
  });

  test('without auto_mode, waits for enough text or a flush', async () => {
    const standin = await start();
    const client = await new Client(standin, 'output_format=ulaw_8000').open();
    client.send(text('Short. '), text('Not yet. ', 'two'), flush('two'));
    await client.until(() => client.of('two').length > 0);
    expect(client.of('one')).toEqual([]);
    client.send(text('x'.repeat(60) + ' '), text('y'.repeat(60) + ' '), flush(), close());
    await client.until(() => client.isFinal('one'));
    expect(decodeSpeech(client.audio('one'))).toBe(`Short. ${'x'.repeat(60)} ${'y'.repeat(60)}`);
    const [first, ...rest] = client.of('one').filter((message) => message.audio !== undefined);
    expect(first?.alignment?.chars.length).toBeGreaterThan(120);
    expect(rest.every((message) => message.alignment === null)).toBe(true);
  });

  test.each<[string, string, string, object[], string]>([
    ['a wrong key', QUERY, 'wrong-key', [], 'invalid_api_key'],
    ['no key at all', QUERY, '', [text('Hi.')], 'invalid_api_key'],
    ['mp3', 'output_format=mp3_44100_128', 'right-key', [], 'unsupported_output_format'],
    ['what is no message', QUERY, 'right-key', [{ text: 5 }], 'invalid_input_message'],
    [
      'a sixth context',
      QUERY,
      'right-key',
      [1, 2, 3, 4, 5, 6].map((id) => text(' ', String(id))),
      'max_active_conversations',
    ],
    ['silence', `${QUERY}&inactivity_timeout=0.05`, 'right-key', [], 'input_timeout_exceeded'],
  ])('%s is refused with an error and 1008', async (_, query, key, messages, error) => {
    const client = await new Client(await start(), query, key).open();
    client.send(...messages);
    expect((await client.untilClosed()).code).toBe(1008);
    expect(client.messages.at(-1)).toMatchObject({ error, code: 1008 });
  });

  test('the key may come in the first message', async () => {
    const client = await new Client(await start(), QUERY, '').open();
    client.send({ ...text('Hi. '), xi_api_key: 'right-key' }, flush(), close());
    await client.until(() => client.isFinal('one'));
  });

  test('a keep-alive keeps it alive', async () => {
    const client = await new Client(await start(), `${QUERY}&inactivity_timeout=0.2`).open();
    client.send(text(' '));
    const startedAt = performance.now();
    const timer = setInterval(() => client.send(text('')), 20);
    closing.push(() => clearInterval(timer));
    await expect.poll(() => performance.now() - startedAt > 500).toBe(true);
    expect(client.closed).toBeUndefined();
  });
});

describe('faults', () => {
  test('of the handshake', async () => {
    const standin = await start();
    standin.next({ fault: { kind: 'status', status: 503 } }, { fault: { kind: 'refuse' } });
    const refused = new Client(standin);
    const [, response] = (await once(refused.socket, 'unexpected-response')) as [
      unknown,
      { statusCode: number },
    ];
    expect(response.statusCode).toBe(503);
    refused.socket.terminate();
    expect((await new Client(standin).untilClosed()).code).toBe(1006);
    await new Client(standin).open();
    expect(standin.requests.entries.map((entry) => entry.status)).toEqual([503, 0, 101]);
  });

  test('in the middle: error, cut, garbage, stall; one context each', async () => {
    const standin = await start();
    const long = text('One two three four five six seven eight nine ten. ');

    standin.next({ fault: { kind: 'error', after: 1 } });
    const failing = await new Client(standin).open();
    failing.send(long);
    expect((await failing.untilClosed()).code).toBe(1008);
    expect(failing.messages.map((message) => message.error)).toEqual([undefined, 'internal_error']);

    standin.next({ fault: { kind: 'disconnect', after: 2 } });
    const cut = await new Client(standin).open();
    cut.send(long);
    expect((await cut.untilClosed()).code).toBe(1006);
    expect(cut.messages).toHaveLength(2);

    standin.next({ fault: { kind: 'stall', after: 1 } }, { fault: { kind: 'garbage', after: 1 } });
    const client = await new Client(standin).open();
    client.send(long, flush('one'), close('one'));
    client.send(text('Spoken in full.', 'two'), flush('two'), close('two'));
    await client.until(() => client.isFinal('two'));
    expect(client.garbage).toHaveLength(1);
    expect(decodeSpeech(client.audio('two'))).toBe('Spoken in full.');
    expect(client.of('one')).toHaveLength(1);
  });
});

/** The real SDK, aimed at the stand-in. */
function sdk(standin: ElevenLabsStandin, apiKey = 'right-key'): ElevenLabsClient {
  return new ElevenLabsClient({ apiKey, baseUrl: standin.url });
}

describe('the elevenlabs SDK', () => {
  const NO_RETRY = { maxRetries: 0 };

  test('lists voices and reads the subscription', async () => {
    const client = sdk(await start({ voices: ['a', 'b'] }));
    expect((await client.voices.getAll()).voices.map((voice) => voice.voice_id)).toEqual([
      'a',
      'b',
    ]);
    expect((await client.user.getSubscription()).status).toBe('active');
  });

  test.each(['convert', 'convertAsStream'] as const)('%s speaks', async (method) => {
    const client = sdk(await start());
    const stream = await client.textToSpeech[method](VOICE, {
      text: 'Sorry, we are closed.',
      model_id: 'eleven_flash_v2_5',
      output_format: 'ulaw_8000',
    });
    const audio = Buffer.concat(await Array.fromAsync(stream as AsyncIterable<Buffer>));
    expect(decodeSpeech(audio)).toBe('Sorry, we are closed.');
  });

  test('convertWithTimestamps speaks, and says when each character sounds', async () => {
    const client = sdk(await start());
    const sentence = 'Sorry, we are closed.';
    const { audio_base64, alignment } = await client.textToSpeech.convertWithTimestamps(VOICE, {
      text: sentence,
      model_id: 'eleven_flash_v2_5',
      output_format: 'ulaw_8000',
    });
    const audio = Buffer.from(audio_base64, 'base64');
    expect(decodeSpeech(audio)).toBe(sentence);
    const { characters, character_start_times_seconds, character_end_times_seconds } =
      alignment ?? expect.fail('no alignment');
    expect(characters.join('')).toBe(sentence);
    expect(character_start_times_seconds).toEqual(
      character_start_times_seconds.toSorted((a, b) => a - b),
    );
    const endMs = 1000 * (character_end_times_seconds.at(-1) ?? 0);
    expect(endMs).toBeGreaterThan(audio.length / 16);
    expect(endMs).toBeLessThanOrEqual(audio.length / 8);
  });

  test('mp3 is refused clearly', async () => {
    const client = sdk(await start());
    await expect(
      client.textToSpeech.convert(VOICE, { text: 'Hi', output_format: 'mp3_44100_128' }),
    ).rejects.toMatchObject({ statusCode: 422 });
  });

  test("errors have the provider's bodies", async () => {
    const standin = await start({ voices: [VOICE] });
    const speak = (voice: string, key?: string) =>
      sdk(standin, key)
        .textToSpeech.convert(voice, { text: 'Hi', output_format: 'ulaw_8000' }, NO_RETRY)
        .catch((error: unknown) => (error instanceof ElevenLabsError ? error : undefined));
    expect(await speak(VOICE, 'wrong-key')).toMatchObject({ statusCode: 401 });
    expect(await speak('nobody')).toMatchObject({ statusCode: 404 });
    standin.next({ fault: { kind: 'status', status: 429 } });
    expect(await speak(VOICE)).toMatchObject({ statusCode: 429 });
  });

  test('audio that is cut is an error, not an end', async () => {
    const standin = await start();
    standin.next({ fault: { kind: 'disconnect', after: 1 } });
    const stream = await sdk(standin).textToSpeech.convert(VOICE, {
      text: 'This will be cut off soon',
      output_format: 'ulaw_8000',
    });
    await expect(Array.fromAsync(stream as AsyncIterable<Buffer>)).rejects.toThrow();
  });
});

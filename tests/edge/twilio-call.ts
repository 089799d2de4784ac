/**
 * One call as Twilio would have it: a Media Streams client in real time, with a caller who speaks and listens.
 *
 * Plays what it is sent in 20 ms steps, returns marks when the audio before them has played and all of them on `clear`.
 * Or as our relay has it (docs/patchcord-stream.md): counts what was played, and holds playout when asked to.
 * Speech is tone speech, so that what was heard can be read as text.
 */
import { MULAW_SILENCE } from '@patchcord/shared/audio/g711';
import { HandlerDecoder } from '@patchcord/shared/media-streams/decode';
import { DEFAULT_DIALECT } from '@patchcord/shared/media-streams/dialect';
import { CONNECTED_TEXT, StreamEncoder } from '@patchcord/shared/media-streams/encode';
import {
  PATCHCORD_HEADER,
  PATCHCORD_VERSION,
  type PatchcordFromEdge,
} from '@patchcord/shared/media-streams/extensions';
import { FRAME_BYTES, FRAME_MS } from '@patchcord/shared/media-streams/limits';
import { newSid } from '@patchcord/shared/twilio/sid';
import { signTwilioRequest } from '@patchcord/shared/twilio/signature';
import { WebSocket } from 'ws';
import { joinWords, SpeechDecoder, type HeardWord } from '../speech/decode.ts';
import { encodeSpeech } from '../speech/encode.ts';

export interface TwilioCallOptions {
  /** Such as `ws://127.0.0.1:8787`; the path is added. */
  readonly wsUrl: string;
  readonly authToken: string;
  readonly callSid?: string;
  readonly customParameters?: Readonly<Record<string, string>>;
  /** Whether the URL carries the call's SID. */
  readonly isNamed?: boolean;
  /** Asks for what our relay and edge add to Twilio's stream. */
  readonly isPatchcord?: boolean;
}

/** Never changed, so all calls share it. */
const SILENCE = new Uint8Array(FRAME_BYTES).fill(MULAW_SILENCE);

interface Queued {
  readonly bytes: Uint8Array;
  readonly mark?: string;
}

export class TwilioCall {
  readonly callSid: string;
  /** Everything that was played, silence included: 20 ms of µ-law for every tick. */
  readonly played: Uint8Array[] = [];
  /** Everything the caller sent, likewise: each frame together with the one that was played. */
  readonly sent: Uint8Array[] = [];
  pauses = 0;
  clears = 0;
  marks = 0;
  /** Every text frame of the edge as it came, and the headers of its 101. */
  readonly received: string[] = [];
  upgradeHeaders: Readonly<Record<string, unknown>> = {};
  /** Broken messages of the edge; there should be none. */
  readonly failures: string[] = [];
  /** Set when the edge has ended the stream. */
  closed: { readonly code: number; readonly reason: string } | undefined;

  readonly #socket: WebSocket;
  readonly #encoder: StreamEncoder;
  readonly #isPatchcord: boolean;
  readonly #messages: HandlerDecoder;
  readonly #decoder = new SpeechDecoder();
  readonly #words: HeardWord[] = [];
  #queue: Queued[] = [];
  #outgoing: Uint8Array[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #startedAt = 0;
  #ticks = 0;
  /** Instants, by `performance.now()`: the caller's last sound, and each beginning of sound of the agent. */
  speechEndAt = 0;
  readonly agentStartsAt: number[] = [];
  /** By the same clock: the caller's last frame that was not silence, and each piece of audio as it came. */
  lastSoundAt = 0;
  readonly mediaAt: number[] = [];
  #wasAudible = false;
  /** With our relay: samples handed out, marks whose audio was, and whether playout is held. */
  #playedBytes = 0;
  #passedMarks: string[] = [];
  #isPaused = false;

  private constructor(socket: WebSocket, options: TwilioCallOptions, callSid: string) {
    this.#socket = socket;
    this.callSid = callSid;
    const streamSid = newSid('MZ');
    this.#isPatchcord = options.isPatchcord ?? false;
    this.#messages = new HandlerDecoder(streamSid, { hasExtensions: this.#isPatchcord });
    this.#encoder = new StreamEncoder(
      {
        accountSid: newSid('AC'),
        callSid,
        streamSid,
        customParameters: options.customParameters ?? {},
        tracks: ['inbound'],
      },
      DEFAULT_DIALECT,
    );
    socket.on('upgrade', ({ headers }) => (this.upgradeHeaders = headers));
    socket.on('message', (data: Buffer, isBinary) => this.#receive(data.toString(), isBinary));
    socket.on('close', (code, reason) => {
      this.closed ??= { code, reason: reason.toString() };
      this.#stop();
    });
    socket.on('error', () => undefined);
  }

  /** Dials, and begins the stream. Throws with the HTTP status where the edge refuses. */
  static async dial(options: TwilioCallOptions): Promise<TwilioCall> {
    const callSid = options.callSid ?? newSid('CA');
    const url = `${options.wsUrl}/media${options.isNamed === false ? '' : `/${callSid}`}`;
    const socket = new WebSocket(url, {
      headers: {
        'X-Twilio-Signature': await signTwilioRequest(options.authToken, url),
        ...(options.isPatchcord === true ? { [PATCHCORD_HEADER]: PATCHCORD_VERSION } : {}),
      },
      perMessageDeflate: false,
    });
    const call = new TwilioCall(socket, options, callSid);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', () => resolve());
      socket.once('unexpected-response', (_, response) => {
        reject(new Error(`the edge answered ${response.statusCode ?? 0}`));
        response.destroy();
      });
      socket.once('error', reject);
    });
    call.#begin();
    return call;
  }

  /** The caller speaks after what he is saying already. Answers how long that takes. */
  say(text: string): number {
    const { mulaw } = encodeSpeech(text);
    for (let offset = 0; offset < mulaw.length; offset += FRAME_BYTES) {
      const frame = new Uint8Array(FRAME_BYTES).fill(MULAW_SILENCE);
      frame.set(mulaw.subarray(offset, offset + FRAME_BYTES));
      this.#outgoing.push(frame);
    }
    return (mulaw.length / FRAME_BYTES) * FRAME_MS;
  }

  /** A frame of the protocol as it is, right or wrong. */
  sendRaw(data: string | Uint8Array): void {
    this.#socket.send(data);
  }

  press(digit: string): void {
    this.#socket.send(this.#encoder.dtmf(digit));
  }

  /** The words heard so far, of the agent's speech. */
  get heard(): string {
    return joinWords(this.#words);
  }

  /** Every word heard so far, by its place in the samples that were played. */
  get words(): readonly HeardWord[] {
    return this.#words;
  }

  /** When the sample of that number was played, by the clock of the line. */
  playedAt(sample: number): number {
    return this.#startedAt + sample / 8;
  }

  /** What has been heard since `heard` was `before`. */
  heardSince(before: string): string {
    return this.heard.slice(before.length).trim();
  }

  get isPlaying(): boolean {
    return this.#queue.some(({ bytes }) => bytes.length > 0);
  }

  /** Waits until `isDone`, which is asked every tick. Throws after `msMax`, saying what was heard. */
  async until(isDone: () => boolean, msMax = 20_000): Promise<void> {
    const deadline = performance.now() + msMax;
    while (!isDone()) {
      if (performance.now() > deadline) {
        throw new Error(`waited ${msMax} ms in vain; heard: ${JSON.stringify(this.heard)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, FRAME_MS / 2));
    }
  }

  /** Waits until `text` is the end of what was heard and nothing plays any more. */
  async untilHeard(text: string, msMax?: number): Promise<void> {
    await this.until(() => this.heard.endsWith(text) && !this.isPlaying, msMax);
    // The last mark is on its way.
    await new Promise((resolve) => setTimeout(resolve, 3 * FRAME_MS));
  }

  /** The caller hangs up: `stop`, then Twilio closes the socket. */
  hangUp(): void {
    if (this.closed !== undefined) return;
    this.#stop();
    if (this.#isPatchcord) this.#tellPlayed();
    this.#socket.send(this.#encoder.stop());
    this.#socket.close(1000);
  }

  /** The connection goes without a word. */
  drop(): void {
    this.#stop();
    this.#socket.terminate();
  }

  #begin(): void {
    this.#socket.send(CONNECTED_TEXT);
    this.#socket.send(this.#encoder.start());
    this.#startedAt = performance.now();
    this.#tick();
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #tick(): void {
    const frame = this.#outgoing.shift();
    if (frame !== undefined) {
      if (this.#outgoing.length === 0) this.speechEndAt = performance.now();
      if (isAudible(frame)) this.lastSoundAt = performance.now();
    }
    const payload = (frame ?? SILENCE).toBase64();
    this.#returnPassedMarks();
    this.sent.push(frame ?? SILENCE);
    this.#socket.send(this.#encoder.media('inbound', payload, 100 + this.#ticks * FRAME_MS));
    this.#play();
    this.#ticks++;
    // By absolute deadlines: a late timer must not slow the line down.
    const dueAt = this.#startedAt + this.#ticks * FRAME_MS;
    this.#timer = setTimeout(() => this.#tick(), Math.max(0, dueAt - performance.now()));
  }

  #play(): void {
    const frame = new Uint8Array(FRAME_BYTES).fill(MULAW_SILENCE);
    let filled = 0;
    for (let head = this.#queue[0]; head !== undefined; head = this.#queue[0]) {
      if (this.#isPaused) break;
      if (head.mark !== undefined) {
        this.#queue.shift();
        if (this.#isPatchcord) this.#passedMarks.push(head.mark);
        else this.#socket.send(this.#encoder.mark(head.mark));
        continue;
      }
      if (filled === FRAME_BYTES) break;
      const taken = head.bytes.subarray(0, FRAME_BYTES - filled);
      frame.set(taken, filled);
      filled += taken.length;
      this.#playedBytes += taken.length;
      this.#queue.shift();
      if (taken.length < head.bytes.length) {
        this.#queue.unshift({ bytes: head.bytes.subarray(taken.length) });
      }
    }
    const isHeard = isAudible(frame);
    if (isHeard && !this.#wasAudible) this.agentStartsAt.push(performance.now());
    this.#wasAudible = isHeard;
    this.played.push(frame);
    this.#words.push(...this.#decoder.push(frame));
  }

  #hold(event: PatchcordFromEdge['event']): void {
    if (event !== 'pause' && event !== 'unpause') return;
    if (event === 'pause') this.pauses++;
    this.#isPaused = event === 'pause';
    this.#tellPlayed();
  }

  #clear(): void {
    this.clears++;
    const queue = this.#queue.splice(0);
    const names = queue.flatMap(({ mark }) => mark ?? []);
    if (this.#isPatchcord) {
      this.#isPaused = false;
      this.#tellPlayed(queue.reduce((sum, { bytes }) => sum + bytes.length, 0));
    }
    for (const name of [...this.#passedMarks.splice(0), ...names]) {
      this.#socket.send(this.#encoder.mark(name));
    }
  }

  /** Our relay returns a mark when the slot of its audio is over, and says first what was played. */
  #returnPassedMarks(): void {
    if (this.#passedMarks.length === 0) return;
    this.#tellPlayed();
    for (const name of this.#passedMarks.splice(0)) this.#socket.send(this.#encoder.mark(name));
  }

  #tellPlayed(cleared?: number): void {
    const played = { samples: String(this.#playedBytes), isPaused: this.#isPaused };
    const answer = cleared === undefined ? played : { ...played, cleared: String(cleared) };
    this.#socket.send(this.#encoder.played(answer));
  }

  #receive(text: string, isBinary: boolean): void {
    this.received.push(isBinary ? '(binary)' : text);
    const message = isBinary
      ? ({ kind: 'failure', code: 'STREAM_BINARY', rule: 'text' } as const)
      : this.#messages.decode(text);
    switch (message.kind) {
      case 'media':
        this.mediaAt.push(performance.now());
        // The decoder uses its memory again.
        this.#queue.push({ bytes: message.mulaw.slice() });
        return;
      case 'mark':
        this.marks++;
        if (this.#queue.length > 0 || this.#isPatchcord) {
          this.#queue.push({ bytes: new Uint8Array(0), mark: message.name });
        } else this.#socket.send(this.#encoder.mark(message.name));
        return;
      case 'clear':
        return this.#clear();
      case 'extension':
        return this.#hold(message.message.event);
      case 'failure':
        this.failures.push(`${message.code}: ${message.rule}`);
        return;
    }
  }
}

function isAudible(frame: Uint8Array): boolean {
  return frame.some((code) => code !== MULAW_SILENCE);
}

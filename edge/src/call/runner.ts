/**
 * Runs one session: feeds it what comes from the stream and the providers, does what it says, keeps its one timer.
 * No decision is made here.
 */

import {
  encodeClear,
  encodeHandlerMedia,
  encodeMarkRequest,
} from '@patchcord/shared/media-streams/encode';
import type { Llm } from '../providers/llm.ts';
import { faultOf } from '../providers/error.ts';
import type { SttStream } from '../providers/stt.ts';
import type { Tts, TtsListener } from '../providers/tts.ts';
import type {
  CallInput,
  CallOutput,
  CallRecord,
  Message,
  TtsRoute,
  TurnRecord,
} from './core/contract.ts';
import type { CallSession } from './core/session.ts';
import type { Providers } from './providers.ts';

/** What a runner needs of the world. */
export interface RunnerPorts {
  readonly providers: Providers;
  /** One text frame to the stream's peer. */
  send(text: string): void;
  /** Ends the stream. Nothing is sent afterwards. */
  close(code: number, reason: string): void;
  recordCall(record: CallRecord): void;
  recordTurn(record: TurnRecord): void;
  log(entry: Extract<CallOutput, { kind: 'log' }>): void;
}

/** Milliseconds; in workerd the time of the last input or output, which is when anything happens. */
const clock = (): number => Date.now();

export class CallRunner {
  readonly #session: CallSession;
  readonly #ports: RunnerPorts;
  readonly #aborts = new Map<number, AbortController>();
  readonly #voices = new Map<TtsRoute, Tts>();
  #streamSid = '';
  #stt: SttStream | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isDraining = false;
  #isOver = false;

  constructor(session: CallSession, ports: RunnerPorts) {
    this.#session = session;
    this.#ports = ports;
    this.#drain();
  }

  feed(input: CallInput): void {
    if (this.#isOver) return;
    if (input.kind === 'start') this.#streamSid = input.streamSid;
    this.#guard(() => this.#session.handle(input, clock()));
    this.#drain();
  }

  #drain(): void {
    // A provider may answer from within a call of ours; what it says waits for its turn.
    if (this.#isDraining) return;
    this.#isDraining = true;
    this.#guard(() => this.#performAll());
    this.#isDraining = false;
  }

  #performAll(): void {
    while (!this.#isOver) {
      const output = this.#session.poll(clock());
      if (output.kind === 'idle') return this.#wakeAt(output.wakeAt);
      this.#perform(output);
    }
  }

  /** A bug of ours must not leave the caller in silence: the stream is ended and the next TwiML verb runs. */
  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#ports.log({ kind: 'log', level: 'error', event: 'bug', code: 'CALL_BUG', message });
      this.#fail();
    }
  }

  #fail(): void {
    try {
      this.#session.handle({ kind: 'stop', reason: 'internal-error' }, clock());
      this.#performAll();
    } finally {
      this.#over(1011, 'internal-error');
    }
  }

  #wakeAt(at: number | undefined): void {
    clearTimeout(this.#timer);
    if (at === undefined) return;
    // Timers count whole milliseconds and may be early by a part of one.
    this.#timer = setTimeout(() => this.#drain(), Math.max(1, Math.ceil(at - clock())));
  }

  #perform(output: Exclude<CallOutput, { kind: 'idle' }>): void {
    const { providers } = this.#ports;
    switch (output.kind) {
      case 'send-media':
        return this.#ports.send(encodeHandlerMedia(this.#streamSid, output.mulaw));
      case 'send-mark':
        return this.#ports.send(encodeMarkRequest(this.#streamSid, output.name));
      case 'send-clear':
        return this.#ports.send(encodeClear(this.#streamSid));
      case 'stt-open':
        this.#stt = this.#openStt(output.sttId);
        return;
      case 'stt-push':
        return this.#stt?.push(output.mulaw);
      case 'stt-close':
        this.#stt?.close();
        this.#stt = undefined;
        return;
      case 'llm-request':
        return this.#ask(providers.llm, output.requestId, output.messages);
      case 'llm-abort':
        return this.#aborts.get(output.requestId)?.abort();
      case 'tts-speak':
        return this.#voice(output.route).speak(output.contextId, output.text);
      case 'tts-flush':
        return this.#voice(output.route).flush(output.contextId);
      case 'tts-close':
        return this.#voices.get(output.route)?.closeContext(output.contextId);
      case 'record-call':
        return this.#ports.recordCall(output.record);
      case 'record-turn':
        return this.#ports.recordTurn(output.record);
      case 'close-socket':
        return this.#over(output.code, output.reason);
      case 'log':
        return this.#ports.log(output);
    }
  }

  #openStt(sttId: number): SttStream {
    return this.#ports.providers.stt.open({
      onHypothesis: (result) => this.feed({ kind: 'stt-hypothesis', sttId, ...result }),
      onPhrase: (result) => this.feed({ kind: 'stt-phrase', sttId, ...result }),
      onFault: (fault) => this.feed({ kind: 'stt-error', sttId, fault }),
    });
  }

  #ask(llm: Llm, requestId: number, messages: readonly Message[]): void {
    const abort = new AbortController();
    this.#aborts.set(requestId, abort);
    void this.#listenTo(llm, requestId, messages, abort.signal).finally(() =>
      this.#aborts.delete(requestId),
    );
  }

  async #listenTo(
    llm: Llm,
    requestId: number,
    messages: readonly Message[],
    signal: AbortSignal,
  ): Promise<void> {
    try {
      for await (const event of llm.stream(messages, signal)) {
        if (signal.aborted) return;
        if (event.kind === 'text') this.feed({ kind: 'llm-text', requestId, text: event.text });
        else this.feed({ kind: 'llm-tool-call', requestId, call: event.call });
      }
      if (!signal.aborted) this.feed({ kind: 'llm-done', requestId });
    } catch (error) {
      if (signal.aborted) return;
      this.feed({ kind: 'llm-error', requestId, fault: faultOf(error, 'LLM_BROKEN') });
    }
  }

  #voice(route: TtsRoute): Tts {
    const open = this.#voices.get(route);
    if (open !== undefined) return open;
    const listener: TtsListener = {
      onAudio: (contextId, mulaw, alignment) =>
        this.feed({
          kind: 'tts-audio',
          contextId,
          mulaw,
          ...(alignment === undefined ? {} : { alignment }),
        }),
      onDone: (contextId) => this.feed({ kind: 'tts-done', contextId }),
      onFault: (contextId, fault) =>
        this.feed({
          kind: 'tts-error',
          fault,
          ...(contextId === undefined ? {} : { contextId }),
        }),
    };
    const voice = this.#ports.providers.openTts(route, listener);
    this.#voices.set(route, voice);
    return voice;
  }

  /** Ends everything that is under way. */
  #over(code: number, reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    for (const abort of this.#aborts.values()) abort.abort();
    this.#stt?.close();
    for (const voice of this.#voices.values()) voice.close();
    this.#ports.close(code, reason);
  }
}

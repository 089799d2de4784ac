/**
 * Runs one session: feeds it what comes from the stream and the providers, does what it says, keeps its one timer.
 * No decision is made here.
 */

import type { CallRecord, TurnRecord } from './core/call-record.ts';
import type { CallInput, CallOutput } from './core/contract.ts';
import type { CallSession } from './core/session.ts';
import { LlmRequests } from './llm-requests.ts';
import type { Providers } from './providers.ts';
import { encodeStreamOutput, type StreamOutput } from './stream-writer.ts';
import { SttStreams } from './stt-streams.ts';
import { ToolRuns, type ToolRunner } from './tool-runs.ts';
import { Voices } from './voices.ts';

type Transfer = Extract<CallOutput, { kind: 'transfer' }>;

/** What a runner needs of the world. */
export interface RunnerPorts {
  readonly providers: Providers;
  readonly tools: ToolRunner;
  /** One text frame to the stream's peer. */
  send(text: string): void;
  /** Ends the stream. Nothing is sent afterwards. */
  close(code: number, reason: string): void;
  /** Has Twilio put the caller through. Answers why it cannot, or undefined when it dials. Never rejects. */
  transfer(request: Transfer): Promise<string | undefined>;
  recordCall(record: CallRecord): void;
  recordTurn(record: TurnRecord): void;
  log(entry: Extract<CallOutput, { kind: 'log' }>): void;
  /** Sees what goes in and out, before anything is done about it. Never throws. */
  readonly observer?: RunnerObserver | undefined;
}

export interface RunnerObserver {
  onInput(input: CallInput): void;
  onOutput(output: CallOutput): void;
}

/** Milliseconds; in workerd the time of the last input or output, which is when anything happens. */
const clock = (): number => Date.now();

export class CallRunner {
  readonly #session: CallSession;
  readonly #ports: RunnerPorts;
  readonly #stt: SttStreams;
  readonly #llm: LlmRequests;
  readonly #voices: Voices;
  readonly #tools: ToolRuns;
  #streamSid = '';
  #isPatchcord = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When it fires. */
  #timerAt = 0;
  #isDraining = false;
  #isOver = false;

  constructor(session: CallSession, ports: RunnerPorts) {
    const feed = (input: CallInput): void => this.feed(input);
    const { providers, tools } = ports;
    this.#session = session;
    this.#ports = ports;
    this.#stt = new SttStreams(providers.stt, feed);
    this.#llm = new LlmRequests(providers.llm, feed);
    this.#voices = new Voices(providers.openTts, feed);
    this.#tools = new ToolRuns(tools, feed);
    this.#drain();
  }

  feed(input: CallInput): void {
    if (this.#isOver) return;
    this.#ports.observer?.onInput(input);
    if (input.kind === 'start') {
      this.#streamSid = input.streamSid;
      this.#isPatchcord = input.isPatchcord;
    }
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
      this.#ports.observer?.onOutput(output);
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

  /**
   * A timer that fires too soon only looks again. With every frame the next deadline moves a little further away, and to
   * set a timer anew costs workerd more than the frame itself.
   */
  #wakeAt(at: number | undefined): void {
    if (at !== undefined && this.#timer !== undefined && this.#timerAt <= at) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (at === undefined) return;
    this.#timerAt = at;
    const wake = (): void => {
      this.#timer = undefined;
      this.#drain();
    };
    // Timers count whole milliseconds and may be early by a part of one.
    this.#timer = setTimeout(wake, Math.max(1, Math.ceil(at - clock())));
  }

  #perform(output: Exclude<CallOutput, { kind: 'idle' }>): void {
    switch (output.kind) {
      case 'send-media':
      case 'send-mark':
      case 'send-clear':
        return this.#ports.send(encodeStreamOutput(this.#streamSid, output));
      case 'send-pause':
      case 'send-unpause':
      case 'send-dtmf':
      case 'transfer':
        return this.#askRelay(output);
      case 'stt-open':
        return this.#stt.open(output);
      case 'stt-push':
        return this.#stt.push(output.sttId, output.mulaw);
      case 'stt-close':
        return this.#stt.close(output.sttId);
      case 'llm-request':
        return this.#llm.start(output);
      case 'llm-abort':
        return this.#llm.abort(output.requestId);
      case 'tool-call':
        return this.#tools.start(output.call);
      case 'tool-abort':
        return this.#tools.abort(output.toolCallId);
      case 'tts-speak':
        return this.#voices.speak(output);
      case 'tts-flush':
        return this.#voices.flush(output.contextId);
      case 'tts-close':
        return this.#voices.closeContext(output.contextId);
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

  /** Genuine Twilio knows none of these; a transfer it does in its own way. */
  #askRelay(output: StreamOutput): void {
    if (this.#isPatchcord) return this.#ports.send(encodeStreamOutput(this.#streamSid, output));
    if (output.kind === 'transfer') void this.#transfer(output);
  }

  async #transfer(request: Transfer): Promise<void> {
    const { transferId } = request;
    const reason = await this.#ports.transfer(request);
    const input = { kind: 'transfer-progress', transferId } as const;
    if (reason === undefined) return this.feed({ ...input, status: 'ringing' });
    this.feed({ ...input, status: 'failed', reason });
  }

  /** Ends everything that is under way. */
  #over(code: number, reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#llm.abortAll();
    void this.#tools.end();
    this.#stt.closeAll();
    this.#voices.closeAll();
    this.#ports.close(code, reason);
  }
}

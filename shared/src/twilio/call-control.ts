/**
 * What Twilio's REST interface asks of whoever runs the calls: the port behind the router in `rest/`. The relay implements
 * it; the edge will, over the control link.
 *
 * Whatever cannot be done is thrown as a {@link TwilioError}, with Twilio's own number.
 */

import type {
  CallRecord,
  CallStatus,
  RecordingRecord,
  StreamRecord,
  StreamTrack,
} from './call-record.ts';

export type HttpMethod = 'GET' | 'POST';

export interface WebhookAddress {
  readonly url: string;
  readonly method: HttpMethod;
}

/** Where the document of a call comes from. */
export type DocumentSource =
  | ({ readonly kind: 'url' } & WebhookAddress)
  | { readonly kind: 'twiml'; readonly twiml: string };

export type StatusEvent = 'initiated' | 'ringing' | 'answered' | 'completed';

export interface StatusCallback extends WebhookAddress {
  readonly events: readonly StatusEvent[];
}

export type RecordingEvent = 'in-progress' | 'completed' | 'absent';

export interface RecordingCallback extends WebhookAddress {
  readonly events: readonly RecordingEvent[];
}

export interface RecordingRequest {
  readonly channels: 'mono' | 'dual';
  readonly track: 'inbound' | 'outbound' | 'both';
  readonly trim: 'trim-silence' | 'do-not-trim';
  readonly callback?: RecordingCallback;
}

/** Answering-machine detection, with Twilio's defaults filled in. */
export interface MachineDetection {
  readonly mode: 'Enable' | 'DetectMessageEnd';
  /** MachineDetectionTimeout, 30 s. */
  readonly timeoutMs: number;
  /** MachineDetectionSpeechThreshold, 2400 ms: a greeting this long is a machine's. */
  readonly speechThresholdMs: number;
  /** MachineDetectionSpeechEndThreshold, 1200 ms: silence that ends a greeting. */
  readonly speechEndThresholdMs: number;
  /** MachineDetectionSilenceTimeout, 5000 ms: silence from the start that gives `unknown`. */
  readonly silenceTimeoutMs: number;
  /** AsyncAmd: the document runs at once and the verdict is called back. */
  readonly isAsync: boolean;
  readonly callback?: WebhookAddress;
}

export interface CreateCall {
  readonly to: string;
  readonly from: string;
  readonly document: DocumentSource;
  readonly fallback?: WebhookAddress;
  readonly statusCallback?: StatusCallback;
  /** Digits, `w` (0.5 s) and `W` (1 s), sent when the call is answered. */
  readonly sendDigits?: string;
  /** How long to let it ring. */
  readonly timeoutSeconds: number;
  readonly timeLimitSeconds?: number;
  readonly recording?: RecordingRequest;
  readonly machineDetection?: MachineDetection;
  /** Shown to the called party in place of `from`. */
  readonly callerId?: string;
}

export interface UpdateCall {
  /** `completed` ends the call, `canceled` only one that is not answered yet. */
  readonly status?: 'completed' | 'canceled';
  /** Takes the place of the running document. */
  readonly document?: DocumentSource;
  readonly fallback?: WebhookAddress;
  readonly statusCallback?: StatusCallback;
  readonly timeLimitSeconds?: number;
}

/** Instants are Unix milliseconds, each bound inclusive. */
export interface CallFilter {
  readonly to?: string;
  readonly from?: string;
  readonly status?: CallStatus;
  readonly parentCallSid?: string;
  readonly startedFrom?: number;
  readonly startedUntil?: number;
  readonly endedFrom?: number;
  readonly endedUntil?: number;
}

/**
 * A part of a list, newest first: the one behind the entry `after`, or the one that ends just before the entry `before`. With
 * neither, the first.
 */
export interface PageRequest {
  readonly size: number;
  readonly after?: string;
  readonly before?: string;
}

export interface PageOf<T> {
  readonly items: readonly T[];
  readonly hasMore: boolean;
}

export interface StreamRequest {
  readonly url: string;
  readonly name?: string;
  readonly track: StreamTrack;
  readonly parameters: Readonly<Record<string, string>>;
  readonly statusCallback?: WebhookAddress;
}

export interface RecordingMedia {
  readonly bytes: number;
  readonly chunks: AsyncIterable<Uint8Array>;
}

export interface CallControl {
  create(request: CreateCall): Promise<CallRecord>;
  /** Throws 20404 where there is no such call, as all below do. */
  fetch(callSid: string): Promise<CallRecord>;
  list(filter: CallFilter, page: PageRequest): Promise<PageOf<CallRecord>>;
  update(callSid: string, request: UpdateCall): Promise<CallRecord>;
  /** Forgets a call that has ended. */
  remove(callSid: string): Promise<void>;
  startStream(callSid: string, request: StreamRequest): Promise<StreamRecord>;
  stopStream(callSid: string, sidOrName: string): Promise<StreamRecord>;
  recordings(callSid: string, page: PageRequest): Promise<PageOf<RecordingRecord>>;
  recording(callSid: string, recordingSid: string): Promise<RecordingRecord>;
  /** The same by its own SID alone. */
  findRecording(recordingSid: string): Promise<RecordingRecord>;
  /** The WAV file. Throws 20404 until the recording is completed. */
  recordingMedia(callSid: string, recordingSid: string): Promise<RecordingMedia>;
  removeRecording(callSid: string, recordingSid: string): Promise<void>;
}

/** An answer of Twilio's REST interface that is not what was asked for. */
export class TwilioError extends Error {
  /** HTTP status. */
  readonly status: number;
  /** Twilio's number, such as 20404. */
  readonly code: number;

  constructor(status: number, code: number, message: string) {
    super(message);
    this.name = 'TwilioError';
    this.status = status;
    this.code = code;
  }
}

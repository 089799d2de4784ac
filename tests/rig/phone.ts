/** Codec a phone offers. Audio is µ-law at this interface either way; an A-law phone converts on the wire. */
export type PhoneCodec = 'ulaw' | 'alaw';

/** How a digit travels: as RTP events (RFC 4733), or in a SIP INFO. */
export type DtmfMode = 'rfc4733' | 'info';

/** A call to place. */
export interface DialOptions {
  readonly extension: string;
  /** Caller ID, digits; default 100. */
  readonly callerNumber?: string;
  readonly callerName?: string;
  readonly codec?: PhoneCodec;
  /** Audio per packet, default 20. */
  readonly ptimeMs?: 10 | 20 | 30 | 40;
  /** Sends nothing while it has nothing to play, in place of silence. */
  readonly isDtx?: boolean;
  /**
   * When `dial` is done: `answered`, the default, or `sent`: the call has begun, and {@link Phone.answered} tells the rest.
   */
  readonly until?: 'answered' | 'sent';
}

/** How a call ended. */
export interface CallEnd {
  /** `phone`: we hung up or cancelled. `pbx`: it hung up. `rejected`: never answered. `broken`: no answer on the wire. */
  readonly by: 'phone' | 'pbx' | 'rejected' | 'broken';
  /** SIP status of a rejection. */
  readonly status?: number;
  /** Q.850 cause where the PBX said it. */
  readonly cause?: number;
}

/** What a phone counted of the RTP it received. */
export interface ReceptionStats {
  readonly received: number;
  /** Sequence numbers never seen between the first and the last. */
  readonly lost: number;
  readonly duplicate: number;
  readonly reordered: number;
  /** More than 60 ms behind the earliest packet's schedule: a phone's jitter buffer would not have played these. */
  readonly late: number;
  /** Interarrival jitter of RFC 3550 A.8, sampled at every packet. */
  readonly jitterMsMean: number;
  readonly jitterMsMax: number;
  /** Longest time between two packets. */
  readonly gapMsMax: number;
  /** So much later than the earliest packet's schedule was the one that the recording is laid out by. */
  readonly anchorLateMs: number;
  readonly firstPacketAt: number | undefined;
  readonly lastPacketAt: number | undefined;
}

/** Gets audio as it arrives: µ-law, 8 kHz, the listener's to keep, and its first sample's place in {@link Recording.heard}. */
export type AudioListener = (mulaw: Uint8Array, sampleIndex: number) => void;

/** What a phone heard and said. All tracks are 8 kHz, one channel, and begin at `startedAt`. */
export interface Recording {
  /** Instant of sample 0 (`performance.now()`): the moment the call was placed. */
  readonly startedAt: number;
  /** Received payload bytes in the order of sequence numbers, as µ-law, without gaps. */
  payload(): Uint8Array;
  /** Received audio on the wall clock, by RTP timestamp; µ-law, 0xFF where nothing came. */
  heard(): Uint8Array;
  /** What this phone played, on the same clock; µ-law, 0xFF where it played nothing. */
  spoken(): Uint8Array;
}

/**
 * A phone in a call. Instants are `performance.now()`.
 *
 * Audio given to it is not copied: leave it alone until it has played.
 */
export interface Phone {
  readonly callerNumber: string;
  /** Id of the call at the PBX's side where it is known: SIP Call-ID, or the simulated channel. */
  readonly callId: string;
  /** Resolves when the PBX answers; rejects with {@link NotAnswered} when it never does. */
  readonly answered: Promise<void>;
  readonly ended: Promise<CallEnd>;
  readonly hasEnded: boolean;
  readonly recording: Recording;
  /**
   * Queues µ-law audio behind what is queued and resolves when its last sample has gone out, or when it was thrown away
   * by {@link stopPlaying} or the end of the call. The last frame is filled with silence.
   */
  play(mulaw: Uint8Array): Promise<void>;
  /** Throws away what is queued; the next frame is silence. */
  stopPlaying(): void;
  /** Calls `listener` for each packet with new audio, in order of arrival. Answers the way to stop it. */
  onAudio(listener: AudioListener): () => void;
  /** Presses keys one after the other, 100 ms each with 80 ms between; resolves after the last. */
  sendDtmf(digits: string, mode?: DtmfMode): Promise<void>;
  /** Keys that were pressed towards this phone, RFC 4733 or INFO. */
  readonly receivedDigits: string;
  stats(): ReceptionStats;
  /** Audio packets sent. */
  readonly sentPackets: number;
  /** Ends the call, answered or not; done when the PBX has confirmed. Harmless when it has ended. */
  hangup(): Promise<void>;
}

/** The call ended before it was answered. */
export class NotAnswered extends Error {
  override readonly name = 'NotAnswered';
  readonly end: CallEnd;

  constructor(end: CallEnd) {
    super(`not answered: ${end.by}${end.status === undefined ? '' : ` ${end.status}`}`);
    this.end = end;
  }
}

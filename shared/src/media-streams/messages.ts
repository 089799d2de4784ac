/**
 * Every message of Twilio Media Streams, both directions, in Twilio's own spelling, types and key order.
 *
 * Numbers that Twilio sends as strings (`sequenceNumber`, `chunk`, `timestamp`) are strings here too.
 *
 * @see https://www.twilio.com/docs/voice/media-streams/websocket-messages
 */

export interface ConnectedMessage {
  readonly event: 'connected';
  readonly protocol: 'Call';
  readonly version: '1.0.0';
}

export interface StartMessage {
  readonly event: 'start';
  /** Always "1": the first message that is numbered. */
  readonly sequenceNumber: string;
  readonly start: {
    readonly accountSid: string;
    readonly streamSid: string;
    readonly callSid: string;
    readonly tracks: readonly ('inbound' | 'outbound')[];
    readonly mediaFormat: {
      readonly encoding: 'audio/x-mulaw';
      readonly sampleRate: 8000;
      readonly channels: 1;
    };
    readonly customParameters: Readonly<Record<string, string>>;
  };
  readonly streamSid: string;
}

export interface InboundMediaMessage {
  readonly event: 'media';
  readonly sequenceNumber: string;
  readonly media: {
    readonly track: 'inbound' | 'outbound';
    /** From "1", consecutive. */
    readonly chunk: string;
    /** Milliseconds of the media clock since the stream was made; not RTP units. */
    readonly timestamp: string;
    /** Base64 of 160 bytes of µ-law at 8 kHz: 20 ms. */
    readonly payload: string;
  };
  readonly streamSid: string;
}

/** The last byte queued before the mark has played, or a `clear` threw it away. */
export interface PlayedMarkMessage {
  readonly event: 'mark';
  readonly sequenceNumber: string;
  readonly streamSid: string;
  readonly mark: { readonly name: string };
}

export interface DtmfMessage {
  readonly event: 'dtmf';
  readonly streamSid: string;
  readonly sequenceNumber: string;
  readonly dtmf: { readonly track: 'inbound_track'; readonly digit: string };
}

export interface StopMessage {
  readonly event: 'stop';
  readonly sequenceNumber: string;
  readonly streamSid: string;
  readonly stop: { readonly accountSid: string; readonly callSid: string };
}

/** What Twilio (and the relay) sends to a handler. */
export type TwilioMessage =
  | ConnectedMessage
  | StartMessage
  | InboundMediaMessage
  | PlayedMarkMessage
  | DtmfMessage
  | StopMessage;

/** Audio to play: base64 of µ-law at 8 kHz, of any length, without a file header. */
export interface OutboundMediaMessage {
  readonly event: 'media';
  readonly streamSid: string;
  readonly media: { readonly payload: string };
}

/** Asks to be told when everything queued so far has played. */
export interface MarkRequestMessage {
  readonly event: 'mark';
  readonly streamSid: string;
  readonly mark: { readonly name: string };
}

/** Empties the queue; all pending marks come back. */
export interface ClearMessage {
  readonly event: 'clear';
  readonly streamSid: string;
}

/** What a handler sends to Twilio (and the relay). */
export type HandlerMessage = OutboundMediaMessage | MarkRequestMessage | ClearMessage;

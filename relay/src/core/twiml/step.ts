/** What a TwiML document asks for next, with every default filled in; and how it went. */

import type { WebhookAddress } from '@patchcord/shared/twilio/call-control';
import type { RecordingCallback } from '@patchcord/shared/twilio/call-control';
import type { StatusCallback } from '@patchcord/shared/twilio/call-control';
import type { StreamTrack } from '@patchcord/shared/twilio/call-record';

export interface StreamSpec {
  /** As the document spells it: absolute, or relative to the document. */
  readonly url: string;
  readonly name?: string;
  readonly track: StreamTrack;
  readonly parameters: Readonly<Record<string, string>>;
  readonly statusCallback?: WebhookAddress;
}

export interface SayStep {
  readonly kind: 'say';
  readonly text: string;
  readonly voice?: string;
  readonly language?: string;
  /** How many times. */
  readonly loop: number;
}

export interface PlayStep {
  readonly kind: 'play';
  /** A URL, absolute or relative to the document, or `sound:NAME` of the PBX. */
  readonly url: string;
  readonly loop: number;
}

export interface PlayDigitsStep {
  readonly kind: 'play-digits';
  /** Keys and `w` (0.5 s), `W` (1 s). */
  readonly digits: string;
}

export interface PauseStep {
  readonly kind: 'pause';
  readonly seconds: number;
}

/** What may stand inside `<Gather>` too. */
export type PromptStep = SayStep | PlayStep | PlayDigitsStep | PauseStep;

export interface GatherStep {
  readonly kind: 'gather';
  readonly prompts: readonly PromptStep[];
  readonly numDigits?: number;
  /** One key, or none. */
  readonly finishOnKey: string;
  readonly timeoutSeconds: number;
  /** Without a URL: the document itself. */
  readonly action: ActionAddress;
  /** Asks `action` even when nothing was pressed. */
  readonly actionOnEmptyResult: boolean;
}

export interface ActionAddress {
  readonly url?: string;
  readonly method: 'GET' | 'POST';
}

export interface DialTarget {
  readonly kind: 'number' | 'sip';
  readonly address: string;
  readonly sendDigits?: string;
  readonly statusCallback?: StatusCallback;
}

export interface DialRecording {
  readonly channels: 'mono' | 'dual';
  /** From the start of ringing, or from the answer. */
  readonly from: 'answer' | 'ringing';
  readonly trim: 'trim-silence' | 'do-not-trim';
  readonly callback?: RecordingCallback;
}

export interface DialStep {
  readonly kind: 'dial';
  /** Dialled at once; the first who answers is taken. */
  readonly targets: readonly DialTarget[];
  readonly timeoutSeconds: number;
  readonly timeLimitSeconds: number;
  readonly callerId?: string;
  readonly hangupOnStar: boolean;
  readonly answerOnBridge: boolean;
  /** Without one the next verb runs. */
  readonly action?: ActionAddress;
  readonly recording?: DialRecording;
}

export interface RecordStep {
  readonly kind: 'record';
  /** Silence that ends it; 0: none does. */
  readonly timeoutSeconds: number;
  /** Any of these keys ends it. */
  readonly finishOnKey: string;
  readonly maxLengthSeconds: number;
  readonly playBeep: boolean;
  readonly trim: 'trim-silence' | 'do-not-trim';
  readonly action: ActionAddress;
  readonly callback?: RecordingCallback;
}

export type TwimlStep =
  | {
      readonly kind: 'connect-stream';
      readonly stream: StreamSpec;
      /** `<Connect action>`: asked when the stream has ended. */
      readonly action?: ActionAddress;
    }
  | { readonly kind: 'start-stream'; readonly stream: StreamSpec }
  | { readonly kind: 'stop-stream'; readonly name: string }
  | PromptStep
  | GatherStep
  | DialStep
  | RecordStep
  /** Another document takes the place of this one. */
  | {
      readonly kind: 'redirect';
      readonly address: ActionAddress;
      /** What the verb before has to say: `Digits`, `DialCallStatus`, `RecordingUrl` … */
      readonly parameters: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'reject'; readonly reason: 'rejected' | 'busy' }
  | { readonly kind: 'hangup' }
  /** Nothing left, and all of it worked: Twilio ends the call here. */
  | { readonly kind: 'finished' }
  /** Nothing left, and something did not work: the PBX's dialplan goes on with the caller. */
  | { readonly kind: 'gave-up' };

export type StepKind = TwimlStep['kind'];
export type StepOf<K extends StepKind> = Extract<TwimlStep, { kind: K }>;

/** How a step went. */
export type StepOutcome =
  | { readonly kind: 'done' }
  /** It did not work. The next verb runs, and where there is none, a human is better than a hang-up. */
  | { readonly kind: 'failed' }
  /** It ended with something to tell: ask this address for the next document. */
  | {
      readonly kind: 'action';
      readonly address: ActionAddress;
      readonly parameters: Readonly<Record<string, string>>;
    };

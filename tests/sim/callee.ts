import type { ChannelTechnology, MediaFrame } from './channel.ts';

/** What the far end of a call that the PBX placed does to it. All but the first two after the answer only. */
export interface CalleeLine {
  /** 180. */
  ring(): void;
  /** 183. */
  progress(): void;
  answer(): void;
  /** Final answer other than 2xx. */
  refuse(sipStatus: number): void;
  receive(frame: MediaFrame): void;
  press(digit: string, durationMs: number): void;
  /** `cause`: of the Reason header; phones send none, and Asterisk then knows none. */
  hangup(cause: number | undefined): void;
}

/** Far end of a call that the PBX places. Its `answer()` tells it that its answer has arrived. */
export interface Callee extends ChannelTechnology {
  /** The INVITE is there. */
  begin(line: CalleeLine): void;
}

/** Who is called, as `from` and `asserted` of an INVITE and as a telephone shows it. */
export interface CallerIdentity {
  readonly name: string;
  readonly number: string;
}

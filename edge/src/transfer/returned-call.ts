/** A call that nobody took: it is the agent's again, on another stream. */

import { z } from 'zod';

/** The custom parameter of a stream that says how the transfer before it ended. */
export const TRANSFER_PARAMETER = 'TransferOutcome';

const outcomeSchema = z.enum(['busy', 'no-answer', 'failed', 'canceled', 'declined']);

export type TransferOutcome = z.infer<typeof outcomeSchema>;

/** What the agent must know of the call so far. */
export interface ReturnedCall {
  readonly outcome: TransferOutcome;
  /** A turn of the caller's or the agent's a line, the latest last. */
  readonly transcript: readonly string[];
}

interface PastTurn {
  readonly understood?: string;
  readonly heard: string;
}

const LINES_MAX = 40;
const LINE_CHARS_MAX = 500;

/** Undefined where it is no outcome. */
export function outcomeOf(text: string | undefined): TransferOutcome | undefined {
  return outcomeSchema.safeParse(text).data;
}

/**
 * How a `<Dial>` ended, by the form of its action; undefined when the two have talked to each other.
 *
 * Whoever heard the announcement and took the call with no key is `completed` and not bridged.
 *
 * @see https://www.twilio.com/docs/voice/twiml/dial#request-parameters
 */
export function dialOutcome(form: URLSearchParams): TransferOutcome | undefined {
  const status = form.get('DialCallStatus') ?? '';
  if (status === 'completed' || status === 'answered') {
    return form.get('DialBridged') === 'false' ? 'declined' : undefined;
  }
  return outcomeOf(status) ?? 'failed';
}

export function transcriptOf(turns: readonly PastTurn[]): readonly string[] {
  const lines = turns.flatMap(({ understood, heard }) => [
    ...(understood === undefined || understood === '' ? [] : [`Caller: ${understood}`]),
    ...(heard === '' ? [] : [`You: ${heard}`]),
  ]);
  return lines.slice(-LINES_MAX).map((line) => line.slice(0, LINE_CHARS_MAX));
}

/** What is wrong with a document, for the developer who wrote it. A problem never ends the call. */

export type TwimlProblemCode =
  | 'TWIML_UNSUPPORTED_VERB'
  | 'TWIML_BAD_STREAM'
  /** `<Redirect>` without a URL; Twilio would ask the same document again, for ever. */
  | 'TWIML_BAD_REDIRECT'
  /** An attribute or the content of a verb cannot be used: the default is taken, or the verb is passed over. */
  | 'TWIML_BAD_VERB';

export interface TwimlProblem {
  readonly code: TwimlProblemCode;
  readonly detail: string;
}

export type ReportProblem = (problem: TwimlProblem) => void;

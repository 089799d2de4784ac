/**
 * What goes wrong in a call, by stable code. docs/errors.md explains each to the operator.
 *
 * Providers translate what they get into a code; the session decides by the code alone.
 */

export type FaultCode =
  | 'STT_KEY_MISSING'
  | 'STT_AUTH'
  | 'STT_QUOTA'
  | 'STT_RATE_LIMITED'
  | 'STT_BAD_REQUEST'
  | 'STT_UNAVAILABLE'
  | 'STT_DEAF'
  | 'LLM_KEY_MISSING'
  | 'LLM_AUTH'
  | 'LLM_QUOTA'
  | 'LLM_RATE_LIMITED'
  | 'LLM_BAD_REQUEST'
  | 'LLM_UNAVAILABLE'
  | 'LLM_BROKEN'
  | 'LLM_TIMEOUT'
  | 'LLM_EMPTY'
  | 'LLM_TOO_LONG'
  | 'TTS_KEY_MISSING'
  | 'TTS_AUTH'
  | 'TTS_QUOTA'
  | 'TTS_RATE_LIMITED'
  | 'TTS_BAD_REQUEST'
  | 'TTS_UNAVAILABLE'
  | 'TTS_BROKEN'
  | 'TTS_TIMEOUT'
  | 'TOOL_UNKNOWN'
  | 'TOOL_ARGUMENTS'
  | 'TOOL_TIMEOUT'
  | 'TOOL_STEPS_MANY'
  | 'TRANSFER_FAILED'
  | 'MEDIA_MISSING'
  | 'MARKS_MISSING';

/** A fault as it is stored and shown. `message` never holds a key, audio or what the caller said. */
export interface Fault {
  readonly code: FaultCode;
  readonly message: string;
}

/** Faults that another attempt on the same account and settings cannot mend. */
const FINAL_CODES: ReadonlySet<FaultCode> = new Set([
  'STT_KEY_MISSING',
  'STT_AUTH',
  'STT_QUOTA',
  'STT_BAD_REQUEST',
  'LLM_KEY_MISSING',
  'LLM_AUTH',
  'LLM_QUOTA',
  'TTS_KEY_MISSING',
  'TTS_AUTH',
  'TTS_QUOTA',
  'TTS_BAD_REQUEST',
]);

export function isFinalFault(code: FaultCode): boolean {
  return FINAL_CODES.has(code);
}

export function faultOf(code: FaultCode, message: string): Fault {
  return { code, message };
}

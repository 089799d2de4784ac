/** What a refusal of ElevenLabs's means: both a wrong key and a quota that is spent are 401, and the body tells. */

import type { FaultCode } from '../../call/core/faults.ts';
import { codeOfStatus } from '../error.ts';

/** Of the body; the name of the error is at its beginning. */
const BODY_CHARS_MAX = 4096;

export function codeOfRefusal(status: number, body: string): FaultCode {
  const isSpent = /quota/iu.test(body.slice(0, BODY_CHARS_MAX));
  return isSpent ? 'TTS_QUOTA' : codeOfStatus('TTS', status);
}

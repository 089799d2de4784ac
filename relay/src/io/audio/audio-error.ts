import { RelayError } from '../../core/error.ts';

export type AudioCode =
  /** No connection, or a URL that must not be asked. Twilio's 11200 and 11205. */
  | 'AUDIO_UNREACHABLE'
  | 'AUDIO_TIMEOUT'
  /** Another status than 2xx. Twilio's 11200. */
  | 'AUDIO_BAD_STATUS'
  /** Too many, or one to where it must not lead. Twilio's 11215. */
  | 'AUDIO_REDIRECT'
  /** Not an encoding that can be decoded, or not what it says it is. Twilio's 12300. */
  | 'AUDIO_UNSUPPORTED'
  /** More bytes or minutes than a call can use. Twilio's 11750. */
  | 'AUDIO_TOO_LARGE';

export class AudioError extends RelayError<AudioCode> {}

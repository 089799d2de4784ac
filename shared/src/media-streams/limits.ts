/** Bounds and constants of Media Streams. Those Twilio does not publish say so. */

/** One frame: 20 ms at 8000 samples a second, one byte a sample. */
export const FRAME_BYTES = 8000 * 0.02;
export const FRAME_MS = 20;
export const BYTES_PER_MS = 8;

/** "Media Discarded" above ten minutes of queued audio (error 31931). */
export const QUEUED_BYTES_MAX = 10 * 60 * 1000 * BYTES_PER_MS;

/**
 * The longest text message a side accepts. Twilio's own bound is UNKNOWN; ten minutes of µ-law, the most that may be
 * queued at all, are 6.4 MB in base64. JSON of this size is read within 40 ms, however it is made (measured; a longer one would
 * be missed by the media clock).
 */
export const MESSAGE_BYTES_MAX = 6.5 * 1024 * 1024;

/** Marks waiting to be played. Twilio's bound is UNKNOWN; this is one for every 20 ms of the ten minutes. */
export const PENDING_MARKS_MAX = 30_000;

/** Length of a mark's name. Twilio's bound is UNKNOWN; handlers send whole JSON documents as names. */
export const MARK_NAME_LENGTH_MAX = 4096;

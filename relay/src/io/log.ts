/** The structured log: JSON lines, one object each. */

import { pino, type Logger } from 'pino';

export type Log = Logger;

/** Writes to standard output, or to whoever takes the lines. */
export function openLog(level: string, destination?: { write(line: string): void }): Log {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  return destination === undefined ? pino(options) : pino(options, destination);
}

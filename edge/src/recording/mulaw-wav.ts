/**
 * The header of a WAV file of 8 kHz µ-law in two channels.
 *
 * A format other than PCM has the length of its extension (0) and a `fact` chunk with the number of samples.
 *
 * @see RFC 2361 §A.6 (WAVE_FORMAT_MULAW, 0x0007); "Multimedia Programming Interface and Data Specifications 1.0"
 */

export const MULAW_WAV_HEADER_BYTES = 12 + (8 + 18) + (8 + 4) + 8;

const FORMAT_MULAW = 7;
const SAMPLE_RATE_HZ = 8000;
const CHANNELS = 2;

/** `dataBytes` of both channels together, an even number below 4 GiB: 74 hours. */
export function mulawWavHeader(dataBytes: number): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(MULAW_WAV_HEADER_BYTES);
  const view = new DataView(header.buffer);
  const encoder = new TextEncoder();
  header.set(encoder.encode('RIFF'), 0);
  view.setUint32(4, MULAW_WAV_HEADER_BYTES - 8 + dataBytes, true);
  header.set(encoder.encode('WAVEfmt '), 8);
  view.setUint32(16, 18, true);
  view.setUint16(20, FORMAT_MULAW, true);
  view.setUint16(22, CHANNELS, true);
  view.setUint32(24, SAMPLE_RATE_HZ, true);
  view.setUint32(28, SAMPLE_RATE_HZ * CHANNELS, true);
  view.setUint16(32, CHANNELS, true);
  view.setUint16(34, 8, true);
  view.setUint16(36, 0, true);
  header.set(encoder.encode('fact'), 38);
  view.setUint32(42, 4, true);
  view.setUint32(46, dataBytes / CHANNELS, true);
  header.set(encoder.encode('data'), 50);
  view.setUint32(54, dataBytes, true);
  return header;
}

/** How long so many bytes of both channels are. */
export function mulawWavSeconds(dataBytes: number): number {
  return dataBytes / CHANNELS / SAMPLE_RATE_HZ;
}

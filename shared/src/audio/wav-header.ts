/**
 * The header of a WAV file of 16-bit linear PCM.
 *
 * @see RFC 2361, "Multimedia Programming Interface and Data Specifications 1.0" (RIFF WAVE)
 */

export const WAV_HEADER_BYTES = 44;

const FORMAT_PCM = 1;
const BYTES_PER_SAMPLE = 2;

export interface WavShape {
  readonly channels: number;
  readonly sampleRateHz: number;
  /** Of all samples together. */
  readonly dataBytes: number;
}

export function wavHeader({
  channels,
  sampleRateHz,
  dataBytes,
}: WavShape): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(WAV_HEADER_BYTES);
  const view = new DataView(header.buffer);
  const blockBytes = channels * BYTES_PER_SAMPLE;
  header.set(new TextEncoder().encode('RIFF'), 0);
  view.setUint32(4, WAV_HEADER_BYTES - 8 + dataBytes, true);
  header.set(new TextEncoder().encode('WAVEfmt '), 8);
  view.setUint32(16, 16, true);
  view.setUint16(20, FORMAT_PCM, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, sampleRateHz, true);
  view.setUint32(28, sampleRateHz * blockBytes, true);
  view.setUint16(32, blockBytes, true);
  view.setUint16(34, BYTES_PER_SAMPLE * 8, true);
  header.set(new TextEncoder().encode('data'), 36);
  view.setUint32(40, dataBytes, true);
  return header;
}

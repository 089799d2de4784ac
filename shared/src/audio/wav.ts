/**
 * WAV files of 16-bit linear PCM: what the demo writes, what people listen to.
 *
 * @see RFC 2361, "Multimedia Programming Interface and Data Specifications 1.0" (RIFF WAVE)
 */

const HEADER_BYTES = 44;
const FORMAT_PCM = 1;
const BYTES_PER_SAMPLE = 2;

/**
 * One WAV file with one channel per array, little-endian 16-bit. Shorter channels are filled with silence at their end.
 */
export function encodeWav(
  channels: readonly Int16Array[],
  sampleRateHz: number,
): Uint8Array<ArrayBuffer> {
  const frames = Math.max(0, ...channels.map((channel) => channel.length));
  const blockBytes = channels.length * BYTES_PER_SAMPLE;
  const file = new Uint8Array(HEADER_BYTES + frames * blockBytes);
  const view = new DataView(file.buffer);
  file.set(new TextEncoder().encode('RIFF'), 0);
  view.setUint32(4, file.length - 8, true);
  file.set(new TextEncoder().encode('WAVEfmt '), 8);
  view.setUint32(16, 16, true);
  view.setUint16(20, FORMAT_PCM, true);
  view.setUint16(22, channels.length, true);
  view.setUint32(24, sampleRateHz, true);
  view.setUint32(28, sampleRateHz * blockBytes, true);
  view.setUint16(32, blockBytes, true);
  view.setUint16(34, BYTES_PER_SAMPLE * 8, true);
  file.set(new TextEncoder().encode('data'), 36);
  view.setUint32(40, frames * blockBytes, true);
  channels.forEach((channel, index) => {
    for (let frame = 0; frame < channel.length; frame++) {
      const offset = HEADER_BYTES + frame * blockBytes + index * BYTES_PER_SAMPLE;
      view.setInt16(offset, channel[frame] as number, true);
    }
  });
  return file;
}

/** Text of a peer's, no more of it than is wanted. */

const CUT_NOTE = ' [cut: the answer is longer than may be read]';

/** A character of UTF-8 is four bytes at most. */
const CHAR_BYTES_MAX = 4;

/** `text` of at most `charsMax` characters, with a note where it was longer. */
export function boundText(text: string, charsMax: number): string {
  return text.length <= charsMax ? text : `${text.slice(0, charsMax).toWellFormed()}${CUT_NOTE}`;
}

/** Reads no further than is needed for `charsMax` characters, and lets the rest go. */
export async function readBounded(
  body: ReadableStream<Uint8Array> | null,
  charsMax: number,
): Promise<string> {
  if (body === null) return '';
  const decoder = new TextDecoder();
  const reader = body.getReader();
  let text = '';
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return boundText(text + decoder.decode(), charsMax);
    bytes += value.length;
    text += decoder.decode(value, { stream: true });
    if (text.length > charsMax || bytes > charsMax * CHAR_BYTES_MAX) break;
  }
  await reader.cancel();
  return boundText(text, charsMax);
}

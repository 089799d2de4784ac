import { describe, expect, it } from 'vitest';
import { PlayedAudio } from './played-audio.ts';

/** Bytes of each kind, in order; `.` for silence. */
function frames(audio: PlayedAudio, count: number): string {
  let heard = '';
  for (let i = 0; i < count; i++) {
    let left = 4;
    for (let piece = audio.take(left); piece.length > 0; piece = audio.take(left)) {
      heard += String.fromCodePoint(...piece);
      left -= piece.length;
    }
    heard += '.'.repeat(left);
  }
  return heard;
}

const of = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));

describe('what the caller hears of the agent', () => {
  it('is what was sent, at the pace of his own frames, and then silence', () => {
    const audio = new PlayedAudio();
    audio.send(of('aaaaaa'));
    audio.send(of(''));
    audio.send(of('bb'));
    expect(frames(audio, 3)).toBe('aaaaaabb....');
  });

  it('stands still while the peer is paused', () => {
    const audio = new PlayedAudio();
    audio.send(of('aaaaaa'));
    expect(frames(audio, 1)).toBe('aaaa');
    audio.pause();
    expect(frames(audio, 2)).toBe('........');
    audio.unpause();
    expect(frames(audio, 1)).toBe('aa..');
  });

  it('is gone with what the peer throws away', () => {
    const audio = new PlayedAudio();
    audio.send(of('aaaaaa'));
    audio.pause();
    audio.clear();
    audio.send(of('b'));
    expect(frames(audio, 1)).toBe('b...');
  });
});

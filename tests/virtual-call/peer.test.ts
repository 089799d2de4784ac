import { PlayoutQueue } from '@patchcord/relay/core/playout-queue';
import type { CallInput } from '@patchcord/edge/src/call/core/contract.ts';
import { expect, test } from 'vitest';
import { audioOf, makePiece, type SpeechPiece } from './agent-speech.ts';
import { Draws } from './draws.ts';
import { Ear } from './ear.ts';
import { Peer, type PeerKind } from './peer.ts';

interface Bench {
  readonly peer: Peer;
  readonly sent: CallInput[];
  readonly audio: Uint8Array;
  readonly piece: SpeechPiece;
}

function benchPeer(kind: PeerKind): Bench {
  const ear = new Ear();
  const piece = makePiece('A sentence that is long enough for all of this to be played.', {
    id: 1,
    contextId: 'turn',
    leadingSilenceMs: 0,
    draws: new Draws(1),
  });
  const audio = audioOf(piece, 0, piece.lengthMs);
  ear.register(audio, piece, 0);
  const sent: CallInput[] = [];
  const peer = new Peer(kind, {
    send: (input) => sent.push(input),
    provenanceOf: (mulaw) => ear.provenanceOf(mulaw),
  });
  return { peer, sent, audio, piece };
}

/** Hands out slots and counts the bytes in each. */
function play(peer: Peer, slots: number): number[] {
  return Array.from({ length: slots }, () => {
    peer.advance();
    return peer.takeSlot().reduce((sum, { fromByte, toByte }) => sum + toByte - fromByte, 0);
  });
}

test('plays the bytes, and tells of samples and marks, as the queue of the relay does', () => {
  const draws = new Draws(11);
  for (let round = 0; round < 300; round++) {
    const { peer, sent, audio } = benchPeer('patchcord');
    const relay = new PlayoutQueue();
    const told: string[] = [];
    const packet = new Uint8Array(160);
    let cursor = 0;
    const tell = (cleared?: number): void => {
      told.push(`played ${relay.playedBytes} ${cleared ?? ''}`);
    };
    const takeMarks = (): void => {
      let name = relay.takePlayedMark();
      if (name !== undefined) tell();
      for (; name !== undefined; name = relay.takePlayedMark()) told.push(name);
    };
    for (let step = 0; step < 80; step++) {
      const what = draws.uniform(0, 1);
      if (what < 0.3) {
        const length = Math.floor(draws.uniform(0, 700));
        const part = audio.subarray(cursor, cursor + length);
        cursor += part.length;
        peer.take({ kind: 'send-media', mulaw: part }, step);
        relay.push(part);
      } else if (what < 0.45) {
        peer.take({ kind: 'send-mark', name: `m${step}` }, step);
        relay.mark(`m${step}`);
        takeMarks();
      } else if (what < 0.5) {
        peer.take({ kind: 'send-clear' }, step);
        const queued = relay.queuedBytes;
        const names = relay.clear();
        tell(queued);
        told.push(...names);
      } else if (what < 0.56) {
        peer.take({ kind: 'send-pause' }, step);
        relay.pause();
        tell();
      } else if (what < 0.65) {
        peer.take({ kind: 'send-unpause' }, step);
        relay.unpause();
        tell();
      } else {
        relay.advance();
        takeMarks();
        const [bytes] = play(peer, 1);
        expect(bytes).toBe(relay.takeAudio(packet, 0));
      }
    }
    const lines = sent.map((input) => {
      if (input.kind === 'played') return `played ${input.samples} ${input.cleared ?? ''}`;
      return input.kind === 'mark' ? input.name : input.kind;
    });
    expect(lines).toEqual(told);
  }
});

test('a mark comes back one slot after the frame that held the byte before it, and played before it', () => {
  const { peer, sent, audio } = benchPeer('patchcord');
  peer.take({ kind: 'send-media', mulaw: audio.subarray(0, 480) }, 0);
  peer.take({ kind: 'send-mark', name: 'word' }, 0);
  play(peer, 3);
  expect(sent).toEqual([]);
  play(peer, 1);
  expect(sent).toEqual([
    { kind: 'played', samples: 480 },
    { kind: 'mark', name: 'word' },
  ]);
});

test('clear tells how much it threw away before it gives the marks back; the frame on its way was played', () => {
  const { peer, sent, audio } = benchPeer('patchcord');
  peer.take({ kind: 'send-media', mulaw: audio.subarray(0, 1600) }, 0);
  peer.take({ kind: 'send-mark', name: 'end' }, 0);
  play(peer, 2);
  peer.take({ kind: 'send-clear' }, 30);
  expect(sent).toEqual([
    { kind: 'played', samples: 320, cleared: 1280 },
    { kind: 'mark', name: 'end' },
  ]);
  peer.take({ kind: 'send-media', mulaw: audio.subarray(1600, 3200) }, 40);
  peer.take({ kind: 'send-mark', name: 'next' }, 40);
  play(peer, 11);
  // What was thrown away is no part of what was played.
  expect(sent.at(-2)).toEqual({ kind: 'played', samples: 320 + 1600 });
});

test('a pause holds queue and marks, and goes on at the next sample', () => {
  const { peer, sent, audio } = benchPeer('patchcord');
  peer.take({ kind: 'send-media', mulaw: audio.subarray(0, 800) }, 0);
  peer.take({ kind: 'send-mark', name: 'end' }, 0);
  expect(play(peer, 2)).toEqual([160, 160]);
  peer.take({ kind: 'send-pause' }, 30);
  expect(play(peer, 50).every((bytes) => bytes === 0)).toBe(true);
  peer.take({ kind: 'send-unpause' }, 1030);
  peer.advance();
  expect(peer.takeSlot()[0]?.fromByte).toBe(320);
  expect(sent).toEqual([
    { kind: 'played', samples: 320 },
    { kind: 'played', samples: 320 },
  ]);
});

test('Twilio is told of no pause and tells of no samples', () => {
  const { peer, sent, audio } = benchPeer('twilio');
  peer.take({ kind: 'send-media', mulaw: audio.subarray(0, 480) }, 0);
  peer.take({ kind: 'send-mark', name: 'word' }, 0);
  play(peer, 5);
  expect(sent).toEqual([{ kind: 'mark', name: 'word' }]);
  expect(() => peer.take({ kind: 'send-pause' }, 0)).toThrow('Twilio knows no send-pause');
});

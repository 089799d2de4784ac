import { expect, it } from 'vitest';
import { Script } from './script.ts';
import type { Segment } from './segment.ts';

function begun(script: Script, contextId: string, text: string): Segment {
  const segment = script.begin({ contextId, route: { transport: 'socket', voice: 0 } });
  segment.append(text);
  return segment;
}

it('puts a clip behind what has audio, and before what is still to be voiced', () => {
  const script = new Script('en');
  begun(script, 'a', 'We are open. ').hasAudio = true;
  begun(script, 'b', 'From nine. ');
  expect([script.textBeforeClip, script.isHeardToTheEnd]).toEqual(['We are open. ', false]);
  script.insertClip('One moment. ');
  expect(script.text).toBe('We are open. One moment. From nine. ');
});

it('knows a place by its segment', () => {
  const script = new Script('en');
  begun(script, 'a', 'At 9. ').hasAudio = true;
  const second = begun(script, 'b', 'Bring $5 please.');
  expect(script.textUpTo({ segment: second, chars: 'Bring five dollars'.length })).toBe(
    'At 9. Bring $5',
  );
});

it('is open as long as its last segment belongs to a voice', () => {
  const script = new Script('en');
  expect([script.open, script.isEmpty, script.isHeardToTheEnd]).toEqual([undefined, true, true]);
  const segment = begun(script, 'a', 'We are open. ');
  expect([script.open, script.of('a'), script.of('b')]).toEqual([segment, segment, undefined]);
  segment.hasAudio = true;
  script.insertClip('Okay.');
  expect(script.open).toBeUndefined();
  script.remove(segment);
  expect(script.text).toBe('Okay.');
});

it('has voices to close until all is voiced', () => {
  const script = new Script('en');
  const segment = begun(script, 'a', 'We are open. ');
  expect([script.isVoiced, script.isAwaitingVoice, script.isBetweenSegments]).toEqual([
    false,
    true,
    true,
  ]);
  expect(script.openVoices.map(({ contextId }) => contextId)).toEqual(['a']);
  segment.hasAudio = true;
  expect(script.isBetweenSegments).toBe(false);
  script.breakOff();
  expect([script.isVoiced, script.openVoices, script.text]).toEqual([true, [], '']);
});

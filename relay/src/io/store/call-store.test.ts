import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CallRecord, RecordingRecord } from '@patchcord/shared/twilio/call-record';
import type { RelayError } from '../../core/error.ts';
import { CallStore, type CallStoreOptions } from './call-store.ts';

let directory: string;
let store: CallStore | undefined;
let reported: string[];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'store-'));
  reported = [];
});
afterEach(() => {
  store?.close();
  store = undefined;
  rmSync(directory, { recursive: true, force: true });
});

const NOW = Date.UTC(2026, 10, 22);
const DAY_MS = 86_400_000;

function open(options: CallStoreOptions = {}): CallStore {
  store?.close();
  store = CallStore.open(directory, {
    now: () => NOW,
    report: ({ code }: RelayError) => reported.push(code),
    ...options,
  });
  return store;
}

function call(number: number, more: Partial<CallRecord> = {}): CallRecord {
  return {
    sid: `CA${number}`,
    accountSid: 'AC1',
    direction: 'inbound',
    from: '+1',
    to: '+2',
    status: 'completed',
    createdAt: NOW,
    updatedAt: NOW,
    ...more,
  };
}

function recording(number: number, more: Partial<RecordingRecord> = {}): RecordingRecord {
  return {
    sid: `RE${number}`,
    accountSid: 'AC1',
    callSid: 'CA1',
    status: 'completed',
    source: 'RecordVerb',
    channels: 1,
    startedAt: NOW,
    updatedAt: NOW,
    ...more,
  };
}

function wav(name: string): string {
  const path = join(directory, name);
  writeFileSync(path, 'RIFF');
  return path;
}

function sids({ items }: { readonly items: readonly { readonly sid: string }[] }): string {
  return items.map(({ sid }) => sid.slice(2)).join(' ');
}

describe('calls', () => {
  it('come back as they were written, also by the next process', () => {
    const full = call(1, {
      parentCallSid: 'CA0',
      callerName: 'a name',
      forwardedFrom: '+3',
      answeredBy: 'human',
      startedAt: NOW + 0.25,
      answeredAt: NOW + 1,
      endedAt: NOW + 2,
    });
    open().upsert(full);
    expect(store?.fetch('CA1')).toEqual(full);
    expect(open().fetch('CA1')).toEqual(full);
    expect(store?.fetch('CA2')).toBeUndefined();
    expect(reported).toEqual([]);
  });

  it('are changed in place and removed', () => {
    const calls = open();
    calls.upsert(call(1, { status: 'ringing' }));
    calls.upsert(call(2));
    calls.upsert(call(1, { status: 'busy' }));
    expect(calls.fetch('CA1')?.status).toBe('busy');
    expect(sids(calls.list({}, { size: 9 }))).toBe('2 1');
    calls.remove('CA1');
    calls.remove('CA1');
    expect(sids(calls.list({}, { size: 9 }))).toBe('2');
  });

  it('are paged both ways', () => {
    const calls = open();
    for (let number = 1; number <= 7; number++) calls.upsert(call(number));
    const page = (more: object) => {
      const answer = calls.list({}, { size: 3, ...more });
      return `${sids(answer)}${answer.hasMore ? ' …' : ''}`;
    };
    expect(page({})).toBe('7 6 5 …');
    expect(page({ after: 'CA5' })).toBe('4 3 2 …');
    expect(page({ after: 'CA2' })).toBe('1');
    expect(page({ before: 'CA1' })).toBe('4 3 2 …');
    expect(page({ before: 'CA4' })).toBe('7 6 5');
    expect(page({ after: 'CA99' })).toBe('');
  });

  it('are filtered', () => {
    const calls = open();
    calls.upsert(call(1, { to: '+49', startedAt: NOW, endedAt: NOW + 10 }));
    calls.upsert(call(2, { from: '+33', startedAt: NOW + 100, endedAt: NOW + 200 }));
    calls.upsert(call(3, { status: 'initiated' }));
    calls.upsert(call(4, { status: 'ringing', parentCallSid: 'CA1' }));
    const found = (filter: object) => sids(calls.list(filter, { size: 9 }));
    expect(found({ to: '+49' })).toBe('1');
    expect(found({ from: '+33' })).toBe('2');
    expect(found({ status: 'ringing' })).toBe('4 3');
    expect(found({ parentCallSid: 'CA1' })).toBe('4');
    expect(found({ startedFrom: NOW + 1 })).toBe('2');
    expect(found({ startedUntil: NOW })).toBe('1');
    expect(found({ endedFrom: NOW + 10, endedUntil: NOW + 199 })).toBe('1');
    expect(found({ to: "'; DROP TABLE calls; --" })).toBe('');
  });

  it('that lived when the process died are over at the next start', () => {
    const calls = open();
    calls.upsert(call(1, { status: 'in-progress', answeredAt: NOW }));
    calls.upsert(call(2, { status: 'queued' }));
    calls.upsert(call(3, { status: 'no-answer' }));
    calls.saveRecording(recording(1, { status: 'in-progress' }), wav('RE1.wav'));
    const later = open({ now: () => NOW + 5000 });
    expect(later.fetch('CA1')).toMatchObject({ status: 'completed', endedAt: NOW + 5000 });
    expect(later.fetch('CA2')).toMatchObject({ status: 'failed', endedAt: NOW + 5000 });
    expect(later.fetch('CA3')).toEqual(call(3, { status: 'no-answer' }));
    expect(later.fetchRecording('RE1')?.status).toBe('failed');
  });
});

describe('recordings', () => {
  it('are listed by call, found by SID, and removed with their file', () => {
    const calls = open();
    const paths = [1, 2, 3].map((number) => {
      const path = wav(`RE${number}.wav`);
      calls.saveRecording(recording(number, { callSid: number === 3 ? 'CA2' : 'CA1' }), path);
      return path;
    });
    expect(sids(calls.recordings('CA1', { size: 1 }))).toBe('2');
    expect(sids(calls.recordings('CA1', { size: 1, after: 'RE2' }))).toBe('1');
    expect(calls.fetchRecording('RE3')).toEqual(recording(3, { callSid: 'CA2' }));
    expect(calls.recordingPath('RE1')).toBe(paths[0]);
    calls.removeRecording('RE1');
    expect(calls.fetchRecording('RE1')).toBeUndefined();
    expect(calls.recordingPath('RE1')).toBeUndefined();
    expect(paths.map((path) => existsSync(path))).toEqual([false, true, true]);
  });
});

describe('bounds', () => {
  it('forget what is old, but no call that lives', () => {
    const old = { createdAt: NOW - 91 * DAY_MS };
    const calls = open();
    calls.upsert(call(1, old));
    calls.upsert(call(2, { createdAt: NOW - 89 * DAY_MS }));
    const path = wav('RE1.wav');
    calls.saveRecording(recording(1, { startedAt: NOW - 91 * DAY_MS }), path);
    const again = open();
    expect(sids(again.list({}, { size: 9 }))).toBe('2');
    expect(again.fetchRecording('RE1')).toBeUndefined();
    expect(existsSync(path)).toBe(false);
  });

  it('forget what is too many', () => {
    const calls = open({ recordsMax: 50 });
    calls.upsert(call(0, { status: 'in-progress' }));
    for (let number = 1; number < 400; number++) calls.upsert(call(number));
    const { items } = calls.list({}, { size: 1000 });
    expect(items.length).toBeLessThanOrEqual(150);
    expect(items[0]?.sid).toBe('CA399');
    expect(items.at(-1)?.sid).toBe('CA0');
    expect(reported).toEqual([]);
  });
});

describe('trouble', () => {
  it('a directory that is a file: says what to set', () => {
    const path = wav('file');
    expect(() => CallStore.open(path)).toThrow(/DATA_DIRECTORY/);
    expect(() => CallStore.open(path)).toThrow(expect.objectContaining({ code: 'STORE_UNUSABLE' }));
  });

  it('a file of a newer relay is left alone', () => {
    open();
    store?.close();
    store = undefined;
    const database = new DatabaseSync(join(directory, 'calls.sqlite'));
    database.exec('PRAGMA user_version = 99');
    database.close();
    expect(() => CallStore.open(directory)).toThrow(/newer/);
  });

  it('a broken file is put aside', () => {
    writeFileSync(join(directory, 'calls.sqlite'), 'no database'.repeat(1000));
    open().upsert(call(1));
    expect(store?.fetch('CA1')).toBeDefined();
    expect(reported).toEqual(['STORE_BROKEN']);
    expect(readdirSync(directory)).toContain('calls.sqlite.broken');
  });

  it('a call is not lost, and nobody disturbed, when writing fails', () => {
    const calls = open();
    const database = new DatabaseSync(join(directory, 'calls.sqlite'));
    database.exec('DROP TABLE calls');
    database.close();
    calls.upsert(call(1));
    expect(calls.fetch('CA1')).toEqual(call(1));
    expect(calls.list({}, { size: 1 })).toEqual({ items: [], hasMore: false });
    expect(new Set(reported)).toEqual(new Set(['STORE_FAILED']));
  });
});

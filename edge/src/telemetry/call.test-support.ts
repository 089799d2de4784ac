/** A call that has ended, made by hand: with a greeting, an answer with a tool, and one that failed. */

import type { CallRecord, TurnRecord } from '../call/core/call-record.ts';
import type { TelemeteredCall } from './telemetered-call.ts';

export const CALL_SID = `CA${'1f'.repeat(16)}`;
/** 22 November 2026, 08:00 UTC. */
export const STARTED_AT = Date.UTC(2026, 10, 22, 8);
/** Nothing of it may get out. */
export const SECRETS = ['+60123456789', 'my back hurts', 'Doctor Lim', 'four o’clock', 'Ipoh'];

const at = (seconds: number): number => STARTED_AT + seconds * 1000;

const CALL: CallRecord = {
  callSid: CALL_SID,
  streamSid: `MZ${'2e'.repeat(16)}`,
  status: 'completed',
  startedAt: at(0),
  endedAt: at(30),
  endReason: 'agent-hangup',
  from: '+60123456789',
  to: '+60123456789',
  language: 'en-US',
  notes: ['my back hurts'],
  consumption: {
    sttSeconds: 30,
    ttsCharacters: 120,
    llm: [{ model: 'maker/first', promptTokens: 900, completionTokens: 60 }],
    wasted: { ttsCharacters: 20, promptTokens: 300, completionTokens: 10 },
  },
  errors: [{ code: 'STT_UNAVAILABLE', message: 'gone' }],
};

const TURN = {
  agent: 'Doctor Lim',
  heard: 'Doctor',
  interrupted: false,
  falseAlarms: 0,
  isSpeculative: false,
  tools: [],
  errors: [],
} as const satisfies Partial<TurnRecord>;

const GREETING: TurnRecord = {
  ...TURN,
  index: 0,
  kind: 'greeting',
  startedAt: at(0.1),
  waterfallMs: { firstClause: 0, ttsFirstAudio: 300, firstFrameSent: 300, firstFrameHeard: 340 },
  trace: { waterfallAt: at(0.1), endedAt: at(3), hasFailed: false, answers: [], toolsAt: [] },
};

const ANSWER: TurnRecord = {
  ...TURN,
  index: 1,
  kind: 'reply',
  startedAt: at(6.2),
  understood: 'my back hurts',
  interrupted: true,
  falseAlarms: 2,
  isSpeculative: true,
  opener: 'four o’clock',
  model: 'maker/first',
  tools: [
    { name: 'find_slot', argumentsJson: '{"city":"Ipoh"}', result: 'four o’clock', tookMs: 400 },
    { name: '+60123456789', argumentsJson: '{}', result: 'error: my back hurts', tookMs: 0 },
  ],
  waterfallMs: {
    speechEnd: 0,
    endOfTurn: 600,
    llmRequest: 200,
    llmFirstToken: 520,
    firstClause: 560,
    ttsFirstAudio: 880,
    firstFrameSent: 880,
    firstFrameHeard: 930,
  },
  trace: {
    waterfallAt: at(6),
    endedAt: at(12),
    hasFailed: false,
    answers: [
      {
        model: 'maker/first',
        requestedAt: at(6.2),
        firstTokenAt: at(6.52),
        lastTokenAt: at(7),
        usages: [{ model: 'maker/first', promptTokens: 400, completionTokens: 20 }],
      },
      {
        model: 'maker/first',
        requestedAt: at(7.4),
        firstTokenAt: at(7.7),
        lastTokenAt: at(8),
        usages: [
          { model: 'maker/second', promptTokens: 0, completionTokens: 0 },
          { model: 'maker/first', promptTokens: 200, completionTokens: 30 },
        ],
      },
    ],
    toolsAt: [at(7), at(7)],
  },
};

const FAILED: TurnRecord = {
  ...TURN,
  index: 2,
  kind: 'reply',
  startedAt: at(15.3),
  waterfallMs: { speechEnd: 0, endOfTurn: 500, llmRequest: 300, firstFrameHeard: 3000 },
  errors: [{ code: 'LLM_TIMEOUT', message: 'maker/first is silent' }],
  trace: {
    waterfallAt: at(15),
    endedAt: at(20),
    hasFailed: true,
    answers: [{ requestedAt: at(15.3), usages: [] }],
    toolsAt: [],
  },
};

export const ENDED_CALL: TelemeteredCall = {
  call: CALL,
  agentName: 'desk',
  turns: [GREETING, ANSWER, FAILED],
  events: [
    { at: at(0), event: 'call-started' },
    { at: at(5), event: 'call-fault', code: 'STT_UNAVAILABLE' },
    { at: at(17.8), event: 'turn-fault', code: 'LLM_TIMEOUT' },
    { at: at(17.8), event: 'circuit' },
  ],
  serviceName: 'desk-line',
};

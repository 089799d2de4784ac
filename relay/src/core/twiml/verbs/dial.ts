/**
 * `<Dial>`: a number, an extension of the PBX, or a SIP address. This is how a caller reaches a human.
 *
 * @see https://www.twilio.com/docs/voice/twiml/dial
 */

import type { StatusCallback } from '@patchcord/shared/twilio/call-control';
import type { TwimlElement } from '@patchcord/shared/twilio/twiml';
import { Attributes } from '../attributes.ts';
import type { ReportProblem } from '../problem.ts';
import type { DialRecording, DialStep, DialTarget } from '../step.ts';
import { readRecordingCallback } from './recording-callback.ts';

/** Twilio's own bounds. */
const TIMEOUT_SECONDS_MAX = 600;
const TIME_LIMIT_SECONDS_MAX = 14_400;
const TARGETS_MAX = 10;

const STATUS_EVENTS = ['initiated', 'ringing', 'answered', 'completed'] as const;

const RECORD_VALUES = [
  'do-not-record',
  'false',
  'true',
  'record-from-answer',
  'record-from-ringing',
  'record-from-answer-dual',
  'record-from-ringing-dual',
] as const;

export function readDial(dial: TwimlElement, report: ReportProblem): DialStep | undefined {
  const attributes = new Attributes(dial, report);
  const targets = readTargets(dial, report);
  if (targets.length === 0) {
    const detail = '<Dial> must hold a number, <Number> or <Sip>';
    report({ code: 'TWIML_BAD_VERB', detail });
    return undefined;
  }
  const callerId = attributes.text('callerId');
  const action = attributes.action();
  const recording = readRecording(attributes);
  return {
    kind: 'dial',
    targets,
    timeoutSeconds: attributes.integer('timeout', 30, 1, TIMEOUT_SECONDS_MAX),
    timeLimitSeconds: attributes.integer(
      'timeLimit',
      TIME_LIMIT_SECONDS_MAX,
      1,
      TIME_LIMIT_SECONDS_MAX,
    ),
    hangupOnStar: attributes.boolean('hangupOnStar', false),
    answerOnBridge: attributes.boolean('answerOnBridge', false),
    ...(callerId === undefined ? {} : { callerId }),
    ...(action.url === undefined ? {} : { action }),
    ...(recording === undefined ? {} : { recording }),
  };
}

function readTargets(dial: TwimlElement, report: ReportProblem): DialTarget[] {
  const targets = dial.children.flatMap((child) => readTarget(child, report) ?? []);
  if (dial.text !== '') targets.unshift({ kind: 'number', address: dial.text });
  if (targets.length <= TARGETS_MAX) return targets;
  report({ code: 'TWIML_BAD_VERB', detail: `<Dial> holds at most ${TARGETS_MAX} targets` });
  return targets.slice(0, TARGETS_MAX);
}

function readTarget(element: TwimlElement, report: ReportProblem): DialTarget | undefined {
  const { name, text } = element;
  if ((name !== 'Number' && name !== 'Sip') || text === '') {
    const detail = `<Dial> holds a number, <Number> or <Sip>, got <${name}>`;
    report({ code: 'TWIML_UNSUPPORTED_VERB', detail });
    return undefined;
  }
  const attributes = new Attributes(element, report);
  const sendDigits = attributes.text('sendDigits');
  const statusCallback = readStatusCallback(attributes);
  return {
    kind: name === 'Sip' || text.startsWith('sip:') ? 'sip' : 'number',
    address: text,
    ...(sendDigits === undefined ? {} : { sendDigits }),
    ...(statusCallback === undefined ? {} : { statusCallback }),
  };
}

function readStatusCallback(attributes: Attributes): StatusCallback | undefined {
  const address = attributes.address('statusCallback');
  if (address === undefined) return undefined;
  const events = attributes.words('statusCallbackEvent', STATUS_EVENTS, ['completed']);
  return { ...address, events };
}

function readRecording(attributes: Attributes): DialRecording | undefined {
  const record = attributes.choice('record', RECORD_VALUES);
  if (record === 'do-not-record' || record === 'false') return undefined;
  const callback = readRecordingCallback(attributes);
  return {
    channels: record.endsWith('-dual') ? 'dual' : 'mono',
    from: record.startsWith('record-from-ringing') ? 'ringing' : 'answer',
    trim: attributes.choice('trim', ['do-not-trim', 'trim-silence']),
    ...(callback === undefined ? {} : { callback }),
  };
}

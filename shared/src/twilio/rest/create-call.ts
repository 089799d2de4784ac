/**
 * The parameters of `POST Calls.json`, with Twilio's defaults, limits and numbers.
 *
 * Accepted and of no effect, because nothing here could honour them: `CallReason`, `CallToken`, `Byoc`, `SipAuthUsername`,
 * `SipAuthPassword`, `ClientNotificationUrl`, `Passports`, `RecordingConfigurationId`, `IfMachine`, and any name that Twilio does
 * not know either.
 *
 * @see https://www.twilio.com/docs/voice/api/call-resource#create-a-call-resource
 */

import type {
  CreateCall,
  DocumentSource,
  MachineDetection,
  RecordingRequest,
  StatusCallback,
} from '../call-control.ts';
import { badParameter } from './error-json.ts';
import type { Form } from './form.ts';
import { optional } from './optional.ts';
import { parseAddress } from './phone-number.ts';

const TWIML_LENGTH_MAX = 4000;

export const TIME_LIMIT_SECONDS_MAX = 86_400;

/** Throws a TwilioError for the first parameter that is wrong. */
export function parseCreateCall(form: Form): CreateCall {
  const to = form.text('To');
  if (to === undefined) throw badParameter("No 'To' number is specified", 21201);
  const from = form.text('From');
  if (from === undefined) throw badParameter("A 'From' phone number is required.", 21213);
  if (form.text('ApplicationSid') !== undefined) {
    throw badParameter('ApplicationSid is not supported here: give Url or Twiml', 21218);
  }
  const sendDigits = form.text('SendDigits');
  if (sendDigits !== undefined && !/^[0-9*#wW]{1,32}$/.test(sendDigits)) {
    throw badParameter('SendDigits must be 1 to 32 of 0-9 * # w W', 21206);
  }
  const document = parseDocument(form);
  if (document === undefined) throw badParameter('Url parameter is required.', 21205);
  const callerId = form.text('CallerId');
  const machineDetection = parseMachineDetection(form);
  return {
    to: address(
      to,
      21211,
      `The phone number you are attempting to call, ${shown(to)}, is not valid.`,
    ),
    from: address(from, 21212, `The source phone number provided, ${shown(from)}, is not valid.`),
    document,
    ...optional('fallback', form.webhook('FallbackUrl', 'FallbackMethod', 21205)),
    ...optional('statusCallback', parseStatusCallback(form)),
    ...optional('sendDigits', sendDigits),
    timeoutSeconds: form.integer('Timeout', 1, 600, 21208) ?? 60,
    ...optional('timeLimitSeconds', form.integer('TimeLimit', 1, TIME_LIMIT_SECONDS_MAX)),
    ...optional('recording', parseRecording(form)),
    // "If SendDigits is provided, MachineDetection is ignored."
    ...optional('machineDetection', sendDigits === undefined ? machineDetection : undefined),
    ...optional(
      'callerId',
      callerId === undefined
        ? undefined
        : address(callerId, 21212, `CallerId ${shown(callerId)} is not valid.`),
    ),
  };
}

function address(text: string, code: number, message: string): string {
  const parsed = parseAddress(text);
  if (parsed === undefined) throw badParameter(message, code);
  return parsed;
}

function shown(text: string): string {
  return text.slice(0, 60);
}

/** `Url` wins over `Twiml`. */
export function parseDocument(form: Form): DocumentSource | undefined {
  const webhook = form.webhook('Url', 'Method', 21205);
  if (webhook !== undefined) return { kind: 'url', ...webhook };
  const twiml = form.text('Twiml');
  if (twiml === undefined) return undefined;
  if (twiml.length > TWIML_LENGTH_MAX) {
    const detail = `Twiml size exceeded maximum allowed value of ${TWIML_LENGTH_MAX} characters`;
    throw badParameter(detail, 32018);
  }
  return { kind: 'twiml', twiml };
}

export function parseStatusCallback(form: Form): StatusCallback | undefined {
  const webhook = form.webhook('StatusCallback', 'StatusCallbackMethod', 21609);
  const events = form.listOf(
    'StatusCallbackEvent',
    ['initiated', 'ringing', 'answered', 'completed'],
    21626,
  );
  return webhook && { ...webhook, events: events ?? ['completed'] };
}

function parseRecording(form: Form): RecordingRequest | undefined {
  const webhook = form.webhook('RecordingStatusCallback', 'RecordingStatusCallbackMethod', 21609);
  const events = form.listOf(
    'RecordingStatusCallbackEvent',
    ['in-progress', 'completed', 'absent'],
    21626,
  );
  const recording: RecordingRequest = {
    channels: form.oneOf('RecordingChannels', ['mono', 'dual']) ?? 'mono',
    track: form.oneOf('RecordingTrack', ['inbound', 'outbound', 'both']) ?? 'both',
    trim: form.oneOf('Trim', ['trim-silence', 'do-not-trim']) ?? 'trim-silence',
    ...optional('callback', webhook && { ...webhook, events: events ?? ['completed'] }),
  };
  return form.isTrue('Record') ? recording : undefined;
}

function parseMachineDetection(form: Form): MachineDetection | undefined {
  const mode = form.oneOf('MachineDetection', ['Enable', 'DetectMessageEnd']);
  const timeoutSeconds = form.integer('MachineDetectionTimeout', 3, 59) ?? 30;
  const settings = {
    timeoutMs: timeoutSeconds * 1000,
    speechThresholdMs: form.integer('MachineDetectionSpeechThreshold', 1000, 6000) ?? 2400,
    speechEndThresholdMs: form.integer('MachineDetectionSpeechEndThreshold', 500, 5000) ?? 1200,
    silenceTimeoutMs: form.integer('MachineDetectionSilenceTimeout', 2000, 10_000) ?? 5000,
    isAsync: form.isTrue('AsyncAmd'),
    ...optional('callback', form.webhook('AsyncAmdStatusCallback', 'AsyncAmdStatusCallbackMethod')),
  };
  return mode && { mode, ...settings };
}

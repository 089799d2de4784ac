/** Variables that every call has, whatever its agent: when it is, and who calls whom. */

const CALL_VARIABLES = [
  'now',
  'date',
  'time',
  'callerNumber',
  'calledNumber',
  'direction',
] as const;

export type CallVariable = (typeof CALL_VARIABLES)[number];

export interface CallFacts {
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** IANA, such as `Asia/Kuala_Lumpur`. */
  readonly timeZone: string;
  /** Custom parameters of the stream: `From`, `To` and `Direction` as Twilio's webhook has them. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** Numbers and SIP addresses are shorter; a peer may send anything. */
const VALUE_CHARS_MAX = 256;

export function isCallVariable(name: string): name is CallVariable {
  return CALL_VARIABLES.some((each) => each === name);
}

/** Times in words that a model reads without error: `Monday 23 November 2026`, `04:46`. Unknown numbers are empty. */
export function callVariables(facts: CallFacts): Readonly<Record<CallVariable, string>> {
  const { startedAt, timeZone, parameters } = facts;
  const format = (options: Intl.DateTimeFormatOptions): string =>
    new Intl.DateTimeFormat('en-GB', { timeZone, ...options }).format(startedAt);
  const day = format({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
  // Versions of ICU differ in a comma after the weekday.
  const date = day.replace(',', '');
  const time = format({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const parameter = (name: string): string => (parameters[name] ?? '').slice(0, VALUE_CHARS_MAX);
  return {
    now: `${date}, ${time}`,
    date,
    time,
    callerNumber: parameter('From'),
    calledNumber: parameter('To'),
    direction: parameter('Direction'),
  };
}

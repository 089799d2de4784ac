/** What happens to a call once it is at the provider. Times are rounded to 100 ms; at most 99.9 s. */
export type TrunkOutcome =
  /** Rings for `ringMs` (0, the default: answers at once, without a 180), answers, and then: */
  | {
      /** `echo`: says what it hears. `human`: the milliwatt tone. `silence`: nothing. */
      readonly kind: 'echo' | 'human' | 'silence';
      readonly ringMs?: number;
    }
  /** Answers at once, tone, and hangs up after `talkMs`. */
  | { readonly kind: 'hangs-up'; readonly talkMs: number }
  /** Answers at once and plays the greeting of that index (`Trunk.addGreeting`), then listens. */
  | { readonly kind: 'machine'; readonly greeting: number }
  /** Rings for `ringMs`, 486. */
  | { readonly kind: 'busy'; readonly ringMs?: number }
  /** Rings until the caller gives up. */
  | { readonly kind: 'rings' }
  /** Not even a 180. */
  | { readonly kind: 'mute' }
  /** Refuses at once with this SIP status. */
  | { readonly kind: 'rejects'; readonly status: RejectStatus }
  /** 183 with the milliwatt for `mediaMs`, then answers (`echo`) or is busy. */
  | { readonly kind: 'early-media' | 'early-media-busy'; readonly mediaMs: number };

/** SIP statuses that the provider can refuse with, and the Q.850 cause that makes Asterisk send each. */
export const REJECT_CAUSES = {
  403: 21,
  404: 1,
  410: 22,
  480: 19,
  484: 28,
  486: 17,
  502: 27,
  503: 34,
  603: 16,
} as const;

export type RejectStatus = keyof typeof REJECT_CAUSES;

/** Two digits for each kind of outcome. The provider's dialplan knows the same. */
export const OUTCOME_CODES = {
  echo: '10',
  human: '11',
  silence: '12',
  machine: '13',
  'hangs-up': '14',
  busy: '20',
  rings: '21',
  mute: '22',
  rejects: '30',
  'early-media': '40',
  'early-media-busy': '41',
} as const satisfies Record<TrunkOutcome['kind'], string>;

/**
 * The number to dial for an outcome: E.164 without `+`, which the provider takes with `+` too.
 *
 * ```
 * 1 555 CC PPP SS    CC outcome, PPP its parameter, SS any: a line of its own for each of up to 100 calls
 * ```
 */
export function trunkNumber(outcome: TrunkOutcome, line = 0): string {
  const parameter = String(parameterOf(outcome)).padStart(3, '0');
  const number = `1555${OUTCOME_CODES[outcome.kind]}${parameter}${String(line).padStart(2, '0')}`;
  if (!/^\d{11}$/.test(number))
    throw new Error(`no number for ${JSON.stringify(outcome)}, ${line}`);
  return number;
}

function parameterOf(outcome: TrunkOutcome): number {
  switch (outcome.kind) {
    case 'echo':
    case 'human':
    case 'silence':
    case 'busy':
      return Math.round((outcome.ringMs ?? 0) / 100);
    case 'hangs-up':
      return Math.round(outcome.talkMs / 100);
    case 'early-media':
    case 'early-media-busy':
      return Math.round(outcome.mediaMs / 100);
    case 'machine':
      return outcome.greeting;
    case 'rejects':
      return outcome.status;
    case 'rings':
    case 'mute':
      return 0;
  }
}

/** The outcome that a number stands for, with or without `+`; undefined when nobody has it. */
export function parseTrunkNumber(number: string): TrunkOutcome | undefined {
  const [, code, digits = ''] = /^\+?1555(\d\d)(\d{3})\d\d$/.exec(number) ?? [];
  const parameter = Number(digits);
  const ms = parameter * 100;
  switch (code) {
    case OUTCOME_CODES.echo:
      return { kind: 'echo', ringMs: ms };
    case OUTCOME_CODES.human:
      return { kind: 'human', ringMs: ms };
    case OUTCOME_CODES.silence:
      return { kind: 'silence', ringMs: ms };
    case OUTCOME_CODES.machine:
      return { kind: 'machine', greeting: parameter };
    case OUTCOME_CODES['hangs-up']:
      return { kind: 'hangs-up', talkMs: ms };
    case OUTCOME_CODES.busy:
      return { kind: 'busy', ringMs: ms };
    case OUTCOME_CODES.rings:
      return { kind: 'rings' };
    case OUTCOME_CODES.mute:
      return { kind: 'mute' };
    case OUTCOME_CODES.rejects:
      return { kind: 'rejects', status: isRejectStatus(parameter) ? parameter : 603 };
    case OUTCOME_CODES['early-media']:
      return { kind: 'early-media', mediaMs: ms };
    case OUTCOME_CODES['early-media-busy']:
      return { kind: 'early-media-busy', mediaMs: ms };
    default:
      return undefined;
  }
}

function isRejectStatus(status: number): status is RejectStatus {
  return status in REJECT_CAUSES;
}

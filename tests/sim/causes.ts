/** Q.850 causes in Asterisk's words, main/causes.c. */
export const CAUSE_TEXTS: Readonly<Record<number, string>> = {
  0: 'Unknown',
  1: 'Unallocated (unassigned) number',
  16: 'Normal Clearing',
  17: 'User busy',
  19: 'User alerting, no answer',
  21: 'Call Rejected',
  22: 'Number changed',
  26: 'Answered elsewhere',
  27: 'Destination out of order',
  28: 'Invalid number format',
  34: 'Circuit/channel congestion',
  38: 'Network out of order',
  102: 'Recover on timer expiry',
  127: 'Interworking, unspecified',
};

export const NORMAL_CLEARING = 16;
/** Of a caller who hangs up before the answer (487). */
export const CANCELLED = 127;
/** What `ChannelHangupRequest` shows as cause of a hang-up through ARI (seen in 16 and 22). */
export const SOFT_HANGUP = 32;

/** What chan_pjsip makes of a final SIP status, `hangup_sip2cause`; others become 127. */
export const CAUSE_OF_STATUS: Readonly<Record<number, number>> = {
  403: 21,
  404: 1,
  410: 22,
  480: 19,
  484: 28,
  486: 17,
  502: 27,
  503: 34,
  603: 21,
};

/** What chan_pjsip answers an unanswered INVITE with, `hangup_cause2sip`; others become 603. */
export const STATUS_OF_CAUSE: Readonly<Record<number, number>> = {
  1: 404,
  17: 486,
  19: 480,
  20: 480,
  21: 403,
  27: 502,
  28: 484,
  34: 503,
  38: 503,
  42: 503,
};

/** Last `dialstatus` of a call that was not answered: NOANSWER for nearly everything. */
export function dialStatusOf(cause: number): string {
  if (cause === 17) return 'BUSY';
  return cause === 34 ? 'CONGESTION' : 'NOANSWER';
}

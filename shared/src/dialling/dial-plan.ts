/** How people dial where the PBX stands: what tells a number of the world from one of the country and from an extension. */

export interface DialPlan {
  /** Country code of the PBX, such as `60`. Without it, numbers of the country are refused: only `+…` and extensions pass. */
  readonly countryCode: string | undefined;
  /** What is dialled before a number of the same country, such as `0`; empty where there is nothing. */
  readonly nationalPrefix: string;
  /** What is dialled before a country code, such as `00`. */
  readonly internationalPrefix: string;
  /** What the PBX's dialplan wants before a number of the world, such as `9`; empty where it wants nothing. */
  readonly accessPrefix: string;
}

/** Malaysia: MCMC, Numbering and Electronic Addressing Plan (2006). */
export const DIAL_PLAN_DEFAULT: DialPlan = {
  countryCode: '60',
  nationalPrefix: '0',
  internationalPrefix: '00',
  accessPrefix: '',
};

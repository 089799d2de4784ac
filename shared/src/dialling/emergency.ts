/**
 * Emergency numbers, in whatever spelling: never dialled by a program, because a machine that calls one by mistake keeps
 * somebody from help, and one that is meant needs a caller who can be asked where he is.
 *
 * Sources: 3GPP TS 22.101 §10 (112, 911, 000, 08, 110, 118, 119, 999 on every mobile); the emergency patterns of Google's
 * libphonenumber short-number metadata (google-libphonenumber 3.2.47) for the table. From memory: 15999 (Talian Kasih)
 * and 994 and 991 (fire, civil defence) in Malaysia, 995 in Singapore, 988 in the United States.
 */

import { splitCountryCode } from './country-code.ts';
import type { DialPlan } from './dial-plan.ts';

/** Wherever the PBX stands, and behind every country code: somebody's emergency number in many countries. */
const EVERYWHERE: readonly string[] = [
  ...'000 08 911 912 913'.split(' '),
  ...Array.from({ length: 10 }, (_, i) => `11${i}`),
  ...Array.from({ length: 10 }, (_, i) => `99${i}`),
  '9999',
  '15999',
];

/** What else rings there, by country code. */
const BY_COUNTRY: Readonly<Record<string, string>> = {
  '1': '211 311 333 411 511 611 711 811 919 933 988',
  '20': '122 123 180',
  '212': '15 19 177',
  '213': '14 17',
  '216': '190 197 198',
  '218': '190 191 193',
  '220': '16 17 18',
  '221': '17 18',
  '222': '17 18',
  '223': '15 17 18',
  '225': '170 180',
  '226': '17 18',
  '227': '15 17 18',
  '228': '171 172 177',
  '231': '355',
  '232': '019',
  '233': '191 192 193',
  '234': '199',
  '235': '17 18',
  '236': '1220',
  '237': '13 17',
  '238': '130 131 132',
  '241': '18 1300 1730',
  '243': '177 188',
  '251': '91 92 93 94 939',
  '252': '555 888',
  '253': '17 18',
  '258': '197 198',
  '261': '17 18',
  '262': '15 17 18',
  '264': '10111',
  '265': '199',
  '269': '17 18',
  '27': '10111 10177 107',
  '297': '100',
  '30': '100 108 166 199',
  '32': '100 101',
  '33': '15 17 18 115 119 191 196 197',
  '34': '061 062 080 085 088 091 092',
  '350': '190 199',
  '355': '126 127 128 129',
  '357': '199',
  '359': '150 160 166',
  '36': '104 105 107',
  '370': '01 02 03 011 022 033 101 102 103',
  '371': '01 02 03',
  '373': '901 902 903',
  '374': '101 102 103',
  '375': '101 102 103 104',
  '377': '15 17 18',
  '380': '101 102 103 104',
  '381': '92 93 94 192 193 194',
  '382': '122 123 124',
  '383': '192 193 194',
  '385': '93 94 192 193 194 195',
  '387': '122 123 124',
  '389': '192 193 194',
  '39': '112 1515 1530',
  '41': '117 118 144 1414',
  '420': '150 155 156 158',
  '421': '150 155 158',
  '423': '144',
  '43': '122 133 140 141 144',
  '46': '90000',
  '501': '90',
  '502': '120 122 123',
  '503': '913',
  '504': '199',
  '505': '120 128',
  '508': '15 17 18',
  '51': '105 106',
  '52': '060 065 066 068 080',
  '53': '104 105 106',
  '54': '100 101 107',
  '55': '128 180 181 190 191 192 193 194 197 198 199',
  '56': '130 131 132 133 134 137 149',
  '57': '123 125 132 144 156 165',
  '58': '171',
  '590': '15 17 18',
  '593': '101 102',
  '594': '15 17 18',
  '595': '128 132',
  '596': '15 17 18',
  '598': '104 105 106 107 108 109 128',
  '60': '15999 999 991 994 112',
  '61': '000 106 112 132500',
  '62': '110 112 113 115 118 119 129',
  '63': '117 911 143',
  '64': '111 1055 105',
  '65': '993 995 999 1777 71999',
  '66': '191 199 1155 1669',
  '672': '955 977',
  '676': '922 933',
  '679': '917',
  '681': '15 17 18',
  '686': '192 193 194 195',
  '687': '15 16 17 18',
  '689': '15 17 18',
  '7': '01 02 03 04 101 102 103 104',
  '850': '119 819',
  '855': '666',
  '856': '190 191 195',
  '86': '110 119 120 122',
  '880': '100 101 102 199',
  '886': '110 112 119 113 165',
  '90': '155 156 158 177',
  '91': '100 101 102 104 108 1091 1098 1298 2611',
  '92': '15 16 1122',
  '93': '100 102',
  '94': '119 110 1990 118',
  '95': '191 192 199',
  '960': '102',
  '961': '125 140 175',
  '962': '191 192 197',
  '964': '100 104 122',
  '967': '191 194 195 199',
  '968': '1444 9999',
  '970': '100 101 102',
  '971': '997 998 999 901',
  '972': '100 101 102 104',
  '973': '199',
  '976': '100 101 102 103 105',
  '977': '100 101 102 103 104',
  '98': '115 125',
  '992': '101 102 103',
  '993': '01 02 03',
  '994': '101 102 103',
  '995': '011 022 033 122',
  '996': '101 102 103',
  '998': '01 02 03 04 101 102 103 001 002 003 050',
};

const EVERYWHERE_SET: ReadonlySet<string> = new Set(EVERYWHERE);
const COUNTRY_SETS: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries(BY_COUNTRY).map(([code, numbers]) => [code, new Set(numbers.split(' '))]),
);
const ALL_SET: ReadonlySet<string> = new Set(
  [...COUNTRY_SETS.values()].flatMap((numbers) => [...numbers]),
);
/** Line-seizing digits that PBXs commonly want, where the plan does not say. */
const USUAL_ACCESS = ['0', '9'];
const INTERNATIONAL = ['00', '011', '+'];

/**
 * Whether digits, with or without `+`, reach an emergency service as they are, behind a line-seizing digit, an
 * international prefix, a country code, national zeros, or several of these. Where the plan names no country, every
 * country's numbers count.
 *
 * Drawback: extensions such as 9112 or 0999 are taken for a line-seizing digit and an emergency number.
 */
export function isEmergency(text: string, plan: DialPlan): boolean {
  const { countryCode = '', accessPrefix, nationalPrefix, internationalPrefix } = plan;
  const dialled = [text, ...without([accessPrefix, ...USUAL_ACCESS], text)];
  const abroad = dialled.flatMap((one) => without([internationalPrefix, ...INTERNATIONAL], one));
  // Without a plus or 00, only the country's own code is one: 3317 is an extension, no French fire brigade.
  const home = dialled.filter((one) => one.startsWith(countryCode));
  return (
    [...dialled, ...without([nationalPrefix], text)].some((one) => isLocal(one, countryCode)) ||
    [...abroad, ...home].some(isAbroad)
  );
}

/** The part of an address that a gateway would dial, such as `999` of `sip:9-9-9@host` and of `Local/999@outgoing`. */
function dialledPart(text: string): string {
  const [user = ''] = text.slice(0, 400).split('@');
  return user.replace(/^[a-z]+[:/]/i, '');
}

/** All digits of it, and the `+` it may begin with. */
export function digitsOf(dialled: string): string {
  return dialled.replace(/(?!^)\+|[^\d+]/g, '');
}

/**
 * Whether `to`, a number, an extension or a SIP URI, reaches an emergency service.
 *
 * RFC 5031 names services `sos`, some gateways take it for a user.
 */
export function isCallForHelp(to: string, plan: DialPlan): boolean {
  const dialled = dialledPart(to);
  return /^sos(?:\.|$)/i.test(dialled) || isEmergency(digitsOf(dialled), plan);
}

function without(prefixes: readonly string[], text: string): string[] {
  return prefixes.flatMap((one) =>
    one !== '' && text.startsWith(one) ? [text.slice(one.length)] : [],
  );
}

function isLocal(text: string, countryCode: string): boolean {
  const here = countryCode === '' ? ALL_SET : COUNTRY_SETS.get(countryCode);
  return isAnyOf(text.replace(/^\+/, ''), here);
}

/** A country code, and a number that rings there or everywhere. */
function isAbroad(text: string): boolean {
  const { countryCode, national } = splitCountryCode(text.replace(/^[+0]+/, ''));
  return isAnyOf(national, COUNTRY_SETS.get(countryCode));
}

/** The number as it is, or behind zeros. */
function isAnyOf(digits: string, numbers: ReadonlySet<string> | undefined): boolean {
  const zeros = /^0*/.exec(digits)?.[0].length ?? 0;
  for (let dropped = 0; dropped <= zeros; dropped++) {
    const number = digits.slice(dropped);
    if (EVERYWHERE_SET.has(number) || numbers?.has(number) === true) return true;
  }
  return false;
}

/** All numbers known, for tests: of one country, and those that count everywhere (under the empty country code). */
export function emergencyNumbers(): ReadonlyMap<string, readonly string[]> {
  return new Map([
    ['', EVERYWHERE],
    ...[...COUNTRY_SETS].map(([code, numbers]): [string, readonly string[]] => [
      code,
      [...numbers],
    ]),
  ]);
}

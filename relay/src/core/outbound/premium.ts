/**
 * Numbers that cost the caller by the minute for somebody's profit, by country: what toll fraud dials.
 *
 * Beginnings of national numbers (without the national prefix), rather too many than too few. Source: the premium-rate
 * patterns of Google's libphonenumber metadata (google-libphonenumber 3.2.47), shortened to their beginnings. From memory
 * beside it: Malaysia's 600, the NANP's 976 exchanges, all of the United Kingdom's 09 and 087.
 */

import { splitCountryCode } from '@patchcord/shared/dialling/country-code';

/**
 * Country codes that are no country: Inmarsat and other satellites, networks across countries, and the international
 * premium rate service (870, 878, 881, 882, 883, 888, 979: ITU-T E.164, from memory).
 */
const WITHOUT_COUNTRY: ReadonlySet<string> = new Set('870 878 881 882 883 888 979'.split(' '));

const BEGINNINGS: Readonly<Record<string, string>> = {
  '1': '900',
  '20': '900',
  '27': '862 863 864 865 866 867 868 869 90 91 92',
  '30': '901 909',
  '31': '900 906 909',
  '32': '70 90',
  '33': '81 82 83 85 86 88 89',
  '34': '803 806 807',
  '36': '90 91',
  '39': '144 163 164 166 178 89',
  '40': '900 901 903 906',
  '41': '900 901 906',
  '420': '900 905 906 908 909 976',
  '421': '900 97 98',
  '43': '810 820 821 828 900 901 930 931 939',
  '44': '9 870 871 872 873 843 844 845',
  '45': '90',
  '46': '649 900 939 944 991 992 993 994 995 999',
  '47': '820 829',
  '48': '700 701 703 704 706 707 708',
  '49': '1377 1378 1379 900 190',
  '51': '805',
  '52': '900',
  '54': '600 604 605 607 609',
  '55': '500 900',
  '57': '1900 1901 1947 1948 901',
  '58': '900 901',
  '60': '600 1600 900',
  '61': '190',
  '62': '809',
  '63': '900',
  '64': '900 90',
  '65': '1900',
  '66': '1900',
  '7': '803 809',
  '81': '990',
  '82': '602 603 604 605 606 607 608 609 60',
  '84': '1900',
  '852': '900',
  '855': '1900',
  '86': '168 160',
  '886': '204 20',
  '90': '888 898 900',
  '91': '1861 1862 186',
  '92': '900',
  '351': '601 607 608 646 648 760 761 762',
  '352': '900 901 905',
  '353': '151 152 153 154 155 156 157 158 159',
  '354': '90',
  '355': '900',
  '357': '900 909',
  '358': '600 700 606 75',
  '359': '90',
  '370': '900 902 903 909 910',
  '371': '90',
  '372': '900 40',
  '373': '900 905 906',
  '374': '900 901 906',
  '375': '810 902',
  '380': '900',
  '381': '78 900 901 906 909',
  '382': '94 95',
  '385': '60 61 64 65 69',
  '386': '89 90',
  '387': '90 92 94 96',
  '389': '5',
  '423': '900 901 906',
  '502': '19',
  '506': '900 905 909',
  '590': '81 82 89',
  '594': '81 82 89',
  '596': '81 82 89',
  '670': '90',
  '960': '900',
  '961': '90 91',
  '962': '900',
  '966': '925',
  '968': '900',
  '971': '900 902',
  '972': '1200 1212 1900 1901 1902 1919',
  '973': '90',
  '994': '900',
};

/** NANP: an exchange that every area has for them. */
const NANP_976 = /^\d{3}976/;

/** `digits` are those behind the `+`; what is written with its national 0 behind the country code is meant too. */
export function isPremium(digits: string): boolean {
  const { countryCode, national: written } = splitCountryCode(digits);
  if (WITHOUT_COUNTRY.has(countryCode)) return true;
  const beginnings = BEGINNINGS[countryCode]?.split(' ') ?? [];
  return [written, written.replace(/^0+/, '')].some(
    (national) =>
      beginnings.some((beginning) => national.startsWith(beginning)) ||
      (countryCode === '1' && NANP_976.test(national)),
  );
}

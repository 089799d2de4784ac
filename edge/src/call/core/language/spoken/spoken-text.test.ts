import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LANGUAGES } from '../language.ts';
import { toSpoken } from './spoken-text.ts';

describe('English as spoken', () => {
  it.each([
    // Prices
    ['RM 1,250.50', 'one thousand two hundred and fifty ringgit and fifty sen'],
    ['RM1', 'one ringgit'],
    ['RM0.50', 'fifty sen'],
    ['RM5k', 'five thousand ringgit'],
    ['RM 1.2 million', 'one point two million ringgit'],
    ['RM10-20', 'ten to twenty ringgit'],
    ['RM10 - RM20', 'ten to twenty ringgit'],
    ['-RM5', 'minus five ringgit'],
    ['RM3,000/month', 'three thousand ringgit per month'],
    ['$3.50 or US$1', 'three dollars and fifty cents or one US dollar'],
    ['$1.01', 'one dollar and one cent'],
    ['12.50 ringgit', 'twelve ringgit and fifty sen'],
    ['50 sen', 'fifty sen'],
    ['¥12.5', 'twelve point five yuan'],
    ['£5.05', 'five pounds and five pence'],
    // Dates
    ['on 12/3/2026', 'on the twelfth of March twenty twenty-six'],
    ['2026-03-12', 'the twelfth of March twenty twenty-six'],
    ['3/25/2026', 'the twenty-fifth of March twenty twenty-six'],
    ['on 5/6', 'on the fifth of June'],
    ['the 1st of May.', 'the first of May.'],
    ['12 Mac 2026', 'the twelfth of March twenty twenty-six'],
    ['March 12th, 2026', 'March twelfth, twenty twenty-six'],
    ['12 Mac at 3pm', 'the twelfth of March at three PM'],
    ['2 Mac computers', 'two Mac computers'],
    ['2-4 March', 'the second to the fourth of March'],
    ['Jan 2026', 'January twenty twenty-six'],
    ['in 2005', 'in two thousand and five'],
    ['2025/2026', 'twenty twenty-five slash twenty twenty-six'],
    ['mid-2000s', 'mid-two thousands'],
    ['since 1905', 'since nineteen oh five'],
    ['the 1990s', 'the nineteen nineties'],
    ['Mon-Fri, Sat 5 May', 'Monday to Friday, Saturday the fifth of May'],
    ['The Sun is hot', 'The Sun is hot'],
    // Times
    ['3.30pm.', 'three thirty PM.'],
    ['3 p.m. today', 'three PM today'],
    ['15:30', 'three thirty PM'],
    ['09:05', 'nine oh five AM'],
    ['at 9:00', "at nine o'clock"],
    ['9am-5pm', 'nine AM to five PM'],
    ['1.30 - 2.30 pm', 'one thirty to two thirty PM'],
    ['at 3.30 we', 'at three thirty we'],
    ['at 3.30 percent', 'at three point three zero percent'],
    ['25:61', 'twenty-five to sixty-one'],
    ['at 9.00, 10.30 and 2.15 pm', "at nine o'clock, ten thirty and two fifteen PM"],
    // Phone numbers and names in figures
    ['03-1234 5678', 'zero three, one two three four, five six seven eight'],
    ['+60 12-345 6789', 'plus six zero, one two, three four five, six seven eight nine'],
    ['+60123456789', 'plus six zero, one two, three four five, six seven eight nine'],
    ['0123456789', 'zero one two, three four five, six seven eight nine'],
    ['(03) 1234 5678', 'zero three, one two three four, five six seven eight'],
    ['1-300-88-2525', 'one, three zero zero, eight eight, two five two five'],
    ['900101-14-5678', 'nine zero zero one zero one, one four, five six seven eight'],
    ['6123 4567', 'six one two three, four five six seven'],
    ['call 999', 'call nine nine nine'],
    ['order 123456', 'order one two three, four five six'],
    ['Your code is 4821', 'Your code is four eight two one'],
    ['603-1234 5678', 'six zero three, one two three four, five six seven eight'],
    ['20260312-001', 'two zero two six, zero three one two-zero zero one'],
    ['0735 hrs', 'zero seven three five hours'],
    ['#A102', 'number A one zero two'],
    ['007', 'zero zero seven'],
    ['MH370', 'MH three seven zero'],
    ['A4', 'A four'],
    ['50450 Kuala Lumpur', 'five zero four five zero Kuala Lumpur'],
    ['12345 people', 'twelve thousand three hundred and forty-five people'],
    ['B-2-15', 'B-two-fifteen'],
    ['Room 12-3', 'Room twelve dash three'],
    // Measures
    ['12.5% off', 'twelve point five percent off'],
    ['5%-10%', 'five percent to ten percent'],
    ['-5 °C', 'minus five degrees Celsius'],
    ['1 kg and 5kg', 'one kilogram and five kilograms'],
    ['90 km/h', 'ninety kilometres per hour'],
    ['100 m²', 'one hundred square metres'],
    ['5 Kg Rice', 'five kilograms Rice'],
    ['5GB in 30 mins', 'five gigabytes in thirty minutes'],
    // Numbers
    ['3-5 days', 'three to five days'],
    ['1,000,000', 'one million'],
    ['2,005', 'two thousand and five'],
    ['105', 'one hundred and five'],
    ['0.5', 'zero point five'],
    ['-3', 'minus three'],
    ['21st, 12th and 100th', 'twenty-first, twelfth and one hundredth'],
    ['2½ hours', 'two and a half hours'],
    ['1/2 a day', 'half a day'],
    ['24/7', 'twenty-four seven'],
    ['v1.2.3.', 'v one point two point three.'],
    // Addresses and short forms
    ['a.b_c@maju.com.my', 'a dot b underscore c at maju dot com dot M Y'],
    ['www.maju.com.my/a1.', 'W W W dot maju dot com dot M Y slash a one.'],
    ['https://x.com/', 'x dot com'],
    ['Thanks.My name', 'Thanks.My name'],
    ['Mr. Lim and Dr Tan', 'Mister Lim and Doctor Tan'],
    ['Maju Sdn. Bhd.', 'Maju Sendirian Berhad.'],
    ['No. 5, Jln. Ampang', 'number five, Jalan Ampang'],
    ['No. I mean it', 'No. I mean it'],
    ['there is no 5', 'there is no five'],
    ['the A/C is on, A/C no. 12', 'the air-con is on, account number twelve'],
    ['$1.10 & $2', 'one dollar and ten cents and two dollars'],
    ['salt & pepper', 'salt and pepper'],
    ['tea/coffee', 'tea or coffee'],
    ['and/or', 'and or'],
    ['3x4', 'three by four'],
    ['2 x 500g', 'two times five hundred grams'],
    ['50/50', 'fifty-fifty'],
    ['+/- 5', 'plus or minus five'],
    ['>RM150, <5', 'more than one hundred and fifty ringgit, less than five'],
    ['RM1.20/km', 'one ringgit and twenty sen per kilometre'],
    ['3D2N', 'three days two nights'],
    ['3:1', 'three to one'],
    [
      'Jalan SS 2/4, 47300 Petaling Jaya',
      'Jalan SS two slash four, four seven three zero zero Petaling Jaya',
    ],
    ['3.88% p.a. for', 'three point eight eight percent per annum for'],
    ['nothing to do', 'nothing to do'],
    ['', ''],
  ])('%s', (text, spoken) => {
    expect(toSpoken(text, 'en').spoken).toBe(spoken);
  });
});

describe('Malay as spoken', () => {
  it.each([
    ['RM 2,300', 'dua ribu tiga ratus ringgit'],
    ['RM12.50', 'dua belas ringgit lima puluh sen'],
    ['RM1.5 juta', 'satu perpuluhan lima juta ringgit'],
    ['Rp5000', 'lima ribu rupiah'],
    ['pukul 3.30 petang', 'pukul tiga tiga puluh petang'],
    ['pukul 3', 'pukul tiga'],
    ['15:30', 'tiga tiga puluh petang'],
    ['9am', 'sembilan pagi'],
    ['1pm', 'satu tengah hari'],
    ['9:00', 'pukul sembilan'],
    ['8.05 malam', 'lapan kosong lima malam'],
    ['9.00 pagi hingga 5.00 petang', 'sembilan pagi hingga lima petang'],
    ['jam 9 pagi - 5 petang', 'jam sembilan pagi hingga lima petang'],
    ['10-6 petang', 'sepuluh hingga enam petang'],
    ['12/3/2026', 'dua belas Mac dua ribu dua puluh enam'],
    ['31hb Ogos', 'tiga puluh satu Ogos'],
    ['1-3 Mei', 'satu hingga tiga Mei'],
    ['Isnin-Jumaat', 'Isnin hingga Jumaat'],
    ['03-1234 5678', 'kosong tiga, satu dua tiga empat, lima enam tujuh lapan'],
    ['kod anda ialah 4821', 'kod anda ialah empat lapan dua satu'],
    ['12.5%', 'dua belas perpuluhan lima peratus'],
    ['0.5', 'sifar perpuluhan lima'],
    ['-3', 'negatif tiga'],
    ['20°C', 'dua puluh darjah Celsius'],
    ['kali ke-2', 'kali kedua'],
    ['ke-1, ke-21', 'pertama, kedua puluh satu'],
    ['1, 10, 11, 15, 20, 25', 'satu, sepuluh, sebelas, lima belas, dua puluh, dua puluh lima'],
    ['100, 101, 1000, 1100', 'seratus, seratus satu, seribu, seribu seratus'],
    ['1,000,000', 'sejuta'],
    ['2,500,000,000', 'dua bilion lima ratus juta'],
    ['3-5 hari', 'tiga hingga lima hari'],
    ['1½ jam', 'satu setengah jam'],
    ['RM5/jam', 'lima ringgit setiap jam'],
    ['Tn. Ahmad, En. Ali', 'Tuan Ahmad, Encik Ali'],
    ['Sdn Bhd', 'Sendirian Berhad'],
    ['no. 5, Jln. Ampang', 'nombor lima, Jalan Ampang'],
    ['a@maju.my', 'a at maju dot M Y'],
    ['12 tgh hari, 8 mlm', 'dua belas tengah hari, lapan malam'],
    ['Isnin/Selasa', 'Isnin atau Selasa'],
  ])('%s', (text, spoken) => {
    expect(toSpoken(text, 'ms').spoken).toBe(spoken);
  });
});

describe('Mandarin as spoken', () => {
  it.each([
    ['RM 1,250.50', '一千两百五十令吉五十仙'],
    ['RM2', '两令吉'],
    ['12.5元', '十二点五元'],
    ['$3.50', '三点五元'],
    ['2.5万', '二点五万'],
    ['2个人', '两个人'],
    ['12个', '十二个'],
    ['2月2号', '二月二号'],
    ['第2个', '第二个'],
    ['2楼', '二楼'],
    ['2小时', '两小时'],
    ['200, 2000', '两百, 两千'],
    ['10，15，20', '十，十五，二十'],
    ['115和110', '一百一十五和一百一十'],
    ['102', '一百零二'],
    ['1005', '一千零五'],
    ['10,500', '一万零五百'],
    ['22,000', '两万两千'],
    ['100,010', '十万零一十'],
    ['1,002,000,000', '十亿零两百万'],
    ['0.5', '零点五'],
    ['12.5%', '百分之十二点五'],
    ['-5°C', '负五摄氏度'],
    ['2公斤', '两公斤'],
    ['下午3:30', '下午三点半'],
    ['15:30', '下午三点半'],
    ['14:05', '下午两点零五分'],
    ['2点', '两点'],
    ['9am', '上午九点'],
    ['12/3/2026', '二零二六年三月十二日'],
    ['2026年3月12日', '二零二六年三月十二日'],
    ['10年', '十年'],
    ['2025-2026年', '二零二五到二零二六年'],
    ['3D2N', '三天两夜'],
    ['RM99/月', '九十九令吉每月'],
    ['1月-3月', '一月到三月'],
    ['周一-周五', '周一到周五'],
    ['RM1,000 RM20 RM2.50', '一千令吉 二十令吉 两令吉五十仙'],
    ['3-5天', '三到五天'],
    ['03-1234 5678', '零三，一二三四，五六七八'],
    ['房间1203', '房间一二零三'],
    ['1/2', '二分之一'],
    ['No. 5', '五号'],
    ['A & B', 'A 和 B'],
    ['Mon-Fri营业', '星期一到星期五营业'],
    ['２０２６年，１２元', '二零二六年，十二元'],
  ])('%s', (text, spoken) => {
    expect(toSpoken(text, 'zh').spoken).toBe(spoken);
  });
});

describe('mixed text as spoken', () => {
  it('has the numbers of a Chinese sentence in Chinese whatever the agent speaks', () => {
    expect(toSpoken('您的预约在3点', 'en').spoken).toBe('您的预约在三点');
  });

  it('has the numbers of an English sentence in English when the agent speaks Chinese', () => {
    expect(toSpoken('We will see you at 3 on Monday', 'zh').spoken).toBe(
      'We will see you at three on Monday',
    );
  });

  it('keeps to its language otherwise', () => {
    expect(toSpoken('jumpa Mr. 陈 pukul 3', 'ms').spoken).toBe('jumpa Mister 陈 pukul tiga');
    expect(toSpoken('RM 5', 'zh').spoken).toBe('五令吉');
  });
});

describe('where the source has been said up to', () => {
  it('goes with the text as written, and past a token once it is complete', () => {
    const { spoken, sourceEndOf } = toSpoken('Pay RM 50 now', 'en');
    expect(spoken).toBe('Pay fifty ringgit now');
    expect(sourceEndOf(-1)).toBe(0);
    expect(sourceEndOf(0)).toBe(0);
    expect(sourceEndOf(4)).toBe(4);
    // Anywhere within "fifty ringgit".
    expect(sourceEndOf(5)).toBe(4);
    expect(sourceEndOf(16)).toBe(4);
    expect(sourceEndOf(17)).toBe(9);
    expect(sourceEndOf(19)).toBe(11);
    expect(sourceEndOf(1000)).toBe(13);
  });

  it('is all of an empty text at once', () => {
    expect(toSpoken('', 'en').sourceEndOf(0)).toBe(0);
  });

  const parts = fc.constantFrom(
    'RM 5',
    '1,000',
    '12.5%',
    '3.30pm',
    '03-1234 5678',
    'a@b.com',
    'Dr. ',
    ' ',
    ', ',
    '。',
    '两个',
    'hello',
    '2',
    '-',
    '/',
    '&',
    '½',
    '5kg',
    '12/3/2026',
    '12 Mac',
    '２',
    '😀',
    'No. 5',
    '+60',
    '(',
    '.',
    ':',
    'x',
    '#',
    '~',
    '$',
  );
  const texts = fc
    .array(fc.oneof(parts, fc.string({ unit: 'binary' })), { maxLength: 30 })
    .map((tokens) => tokens.join(''));

  it('only grows, and ends with the text; no figure is left', () => {
    fc.assert(
      fc.property(texts, fc.constantFrom(...LANGUAGES), (text, language) => {
        const { spoken, sourceEndOf } = toSpoken(text, language);
        expect(spoken).not.toMatch(/[0-9０-９]/u);
        let last = 0;
        for (let i = 0; i <= spoken.length; i++) {
          const end = sourceEndOf(i);
          expect(end).toBeGreaterThanOrEqual(last);
          expect(end).toBeLessThanOrEqual(text.length);
          last = end;
        }
        expect(sourceEndOf(spoken.length)).toBe(spoken === '' ? 0 : text.length);
      }),
      { numRuns: 500 },
    );
  });

  it('is found in time for any text', () => {
    const units = fc.array(
      fc.constantFrom(
        '1',
        '0',
        ',',
        '.',
        '-',
        ' ',
        'a',
        '@',
        '/',
        ':',
        'RM',
        '$',
        '(',
        ')',
        '+',
        '好',
        'com',
        '%',
        'Mac',
        'p.m',
      ),
      {
        minLength: 1,
        maxLength: 6,
      },
    );
    fc.assert(
      fc.property(units, fc.constantFrom(...LANGUAGES), (unit, language) => {
        const part = unit.join('');
        const text = part.repeat(Math.ceil(10_000 / part.length));
        const startedAt = performance.now();
        toSpoken(text, language);
        expect(performance.now() - startedAt).toBeLessThan(1000);
      }),
      { numRuns: 60 },
    );
  });
});

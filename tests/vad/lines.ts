/**
 * What callers of a business say, short answers among them: two sets with no sentence in common. The detector is tuned on
 * one, its rates are reported on the other.
 */

import type { Language, TextSet } from '../amd/texts.ts';

/** Six utterances make a call. */
export const UTTERANCES = 6;

export interface Lines {
  readonly caller: readonly string[];
  /** Said by the agent, by somebody in the background and by the many of a babble. */
  readonly other: readonly string[];
}

export const LINES: Readonly<Record<TextSet, Readonly<Record<Language, Lines>>>> = {
  tuning: {
    en: {
      caller: [
        'Yes.',
        'I would like to book a table for four people on Saturday evening.',
        'No, not this week.',
        'Six, seven, three, double five.',
        'Could you please tell me whether the shop is open on Sunday?',
        'Thank you.',
        'Okay.',
        'She said that the parcel should have been here yesterday.',
        'What?',
        'My name is Stephen, with a p and an h.',
        'Half past three suits me better.',
        'Hold on, I have to look for it.',
      ],
      other: [
        'Thank you for calling. How may I help you today? We are open from nine to six on weekdays.',
        'The weather will be fine tomorrow, with a little rain in the afternoon and a light wind from the sea.',
        'Did you see where I put the keys? I thought that they were on the kitchen table this morning.',
      ],
    },
    ms: {
      caller: [
        'Ya.',
        'Saya mahu menempah meja untuk empat orang pada hari Sabtu.',
        'Tidak, bukan minggu ini.',
        'Enam, tujuh, tiga, lima, lima.',
        'Boleh beritahu saya sama ada kedai dibuka pada hari Ahad?',
        'Terima kasih.',
        'Baik.',
        'Dia kata bungkusan itu sepatutnya sampai semalam.',
        'Apa?',
        'Nama saya Faizal.',
        'Pukul tiga setengah lebih sesuai.',
        'Sekejap, saya cari dahulu.',
      ],
      other: [
        'Terima kasih kerana menelefon. Apa yang boleh saya bantu hari ini? Kami dibuka dari pukul sembilan hingga enam.',
        'Cuaca esok baik, dengan sedikit hujan pada waktu petang dan angin perlahan dari laut.',
        'Awak nampak kunci saya tak? Rasanya pagi tadi ada di atas meja dapur.',
      ],
    },
    cmn: {
      caller: [
        '是。',
        '我想订星期六晚上四个人的桌子。',
        '不是这个星期。',
        '六七三五五。',
        '请问你们星期天开门吗？',
        '谢谢。',
        '好的。',
        '她说包裹昨天就应该到了。',
        '什么？',
        '我姓陈，耳东陈。',
        '三点半比较好。',
        '等一下，我找一找。',
      ],
      other: [
        '感谢您的来电。请问有什么可以帮您？我们星期一到星期五九点到六点营业。',
        '明天天气晴朗，下午有一点小雨，海上吹来微风。',
        '你看到我的钥匙了吗？我记得早上放在厨房的桌子上。',
      ],
    },
  },
  'held-out': {
    en: {
      caller: [
        'No.',
        'Hello, I am calling about the invoice that you sent me last month.',
        'Sure.',
        'The number is four one nine, eight zero two.',
        'Is there a discount if we order more than twenty?',
        'Right, that is fine with me.',
        'Maybe.',
        'Please cancel my appointment with the dentist on Thursday.',
        'Sorry?',
        'It stopped working after I had changed the battery.',
        'From Penang, at about eleven in the morning.',
        'Goodbye.',
      ],
      other: [
        'Good morning, this is the clinic. I can make an appointment, change one, or take a message for the doctor.',
        'Then we turned left at the bridge and drove along the river until we found the house of your uncle.',
        'Put the rice on first, and cut the onions while the water is getting hot. Dinner is at seven.',
      ],
    },
    ms: {
      caller: [
        'Bukan.',
        'Helo, saya menelefon tentang invois yang dihantar bulan lepas.',
        'Boleh.',
        'Nombornya empat satu sembilan, lapan kosong dua.',
        'Ada diskaun kalau kami pesan lebih daripada dua puluh?',
        'Kalau begitu, saya setuju.',
        'Mungkin.',
        'Tolong batalkan temu janji saya dengan doktor gigi hari Khamis.',
        'Maaf?',
        'Ia rosak selepas saya tukar bateri.',
        'Dari Pulau Pinang, lebih kurang pukul sebelas pagi.',
        'Jumpa lagi.',
      ],
      other: [
        'Selamat pagi, ini klinik. Saya boleh buat temu janji, menukarnya, atau ambil pesanan untuk doktor.',
        'Selepas itu kami belok kiri di jambatan dan ikut sungai sampai jumpa rumah pak cik kamu.',
        'Masak nasi dulu, dan potong bawang sementara air mendidih. Makan malam pukul tujuh.',
      ],
    },
    cmn: {
      caller: [
        '不。',
        '你好，我想问一下上个月的发票。',
        '可以。',
        '号码是四一九八零二。',
        '如果我们订二十个以上，有折扣吗？',
        '那就这样吧。',
        '也许。',
        '请取消我星期四看牙医的预约。',
        '对不起？',
        '我换了电池以后就坏了。',
        '从槟城来，上午十一点左右。',
        '再见。',
      ],
      other: [
        '早上好，这里是诊所。我可以帮您预约、改时间，或者给医生留言。',
        '后来我们在桥边左转，沿着河一直开到你叔叔家。',
        '先煮饭，水开的时候切洋葱。晚饭七点吃。',
      ],
    },
  },
};

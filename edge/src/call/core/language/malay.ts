/** Malay as it is spoken on the phone in Malaysia, with its English and its short forms. */

import { type Lexicon, phraseList } from './lexicon.ts';

export const MALAY: Lexicon = {
  backchannels: phraseList(
    'ya, yaa, ye, yer, yelah, yalah, haah, ha-ah, hah-ah, ha ah, aah, ha, haa, ah, aa, oh, hm, hmm, mm, emm, ' +
      'okay, okey, ok, oklah, orait, baik, baiklah, betul, betullah, betul tu, faham, saya faham, boleh, ' +
      'bolehlah, boleh boleh, oh ya, oh okey, oh begitu, begitu, macam tu, oh macam tu, patutlah, bagus, ' +
      'cantik, ngam, setuju, tak apa, tak pe, takpe, takpelah, tidak apa, tiada masalah, tak ada masalah, ' +
      'ya betul, ya lah, kan, memang, teruskan, iya, a-ah, ok ok, ooo, wah, yeke, ye ke, ya ke',
  ),
  stopWords: phraseList(
    'cukup, dah cukup, nak tanya, boleh saya tanya, tolong ulang, boleh ulang, dengar saya, tunggu, ' +
      'tunggu dulu, tunggu sekejap, sekejap, kejap, jap, sebentar, nanti dulu, nanti sekejap, berhenti, stop, ' +
      'henti, diam, dengar dulu, dengar sini, cop, salah tu, bukan itu, bukan tu, bukan begitu, ' +
      'bukan macam tu, ulang, ulang balik, cuba ulang, cakap sekali lagi, sekali lagi, tak dengar, tak jelas, ' +
      'perlahan sikit, laju sangat, minta maaf, maafkan saya, saya nak cakap, helo helo',
  ),
  objections: phraseList(
    'bukan, tidak, tak, tak nak, taknak, tak mahu, tak boleh, tak payah, jangan, salah, eh, maaf, tapi, ' +
      'tetapi, sebenarnya, apa, apa dia, helo, hello, hoi',
  ),
  hesitations: phraseList(
    'err, er, errr, emm, em, erm, aaa, aa, umm, um, uh, hmm, hm, eee, apa nama, apa nama tu, apa nama ni, ' +
      'apa ek, anu',
  ),
  leadingPadding: phraseList(
    'ok, okay, okey, oh, ah, ha, haah, ha-ah, helo, hello, so, oklah, baik, baiklah, eh, hah',
  ),
  unfinishedEndings: phraseList(
    'dan, atau, ataupun, tapi, tetapi, sebab, kerana, pasal, untuk, dengan, dari, daripada, kepada, di, ' +
      'pada, yang, kalau, jika, jikalau, sekiranya, apabila, supaya, agar, walaupun, sambil, semasa, ketika, ' +
      'selepas, sebelum, sehingga, hingga, oleh, tentang, mengenai, berkenaan, seperti, ialah, adalah, iaitu, ' +
      'yakni, lalu, kemudian, lepas tu, lepastu, selepas itu, maka, manakala, serta, akan, sedang, hendak, ' +
      'nak, ingin, macam, contohnya, misalnya, maksud saya, saya rasa, saya nak, saya mahu, saya ingin, ' +
      'kami nak, nombor saya ialah, nama saya ialah, alamat di, pukul, pada hari, pergi ke, hantar ke, ' +
      'sampai ke, datang ke, balik ke, pindah ke, tukar ke, sambung ke, bagi ke, jalan ke, boleh tolong, sila, ' +
      'kali ganda, dobel, eh bukan, eh silap, eh salah, eh sorry, masalahnya, soalnya, ni pasal, sama ada, bukan sahaja',
  ),
  weakEndings: phraseList(
    'jadi, mahu, nanti, saya tahu, nak tanya, nak tahu, cik, setiap, sampai, lepas, dalam, tengah, antara, ' +
      'bagi, jam, nombor, tarikh, si, cuma, nombor telefon',
  ),
  danglingEndings: phraseList(
    'nak tanya, nak tahu, setiap, antara, si, jadi, kena, mesti, harus, masih, patut dapat, saya boleh, ' +
      'yang boleh, cakap, kata, dia cakap, dia kata, bagitahu, beritahu',
  ),
  danglingForms: [
    // Asked or begun, and only the subject so far: "kenapa saya", "boleh tak I", "yang dia".
    /(?:^| )(?:kenapa|mengapa|bila|adakah|bolehkah|perlukah|bagaimana|macam mana|ke|tak|yang|kalau|sebab|tapi|lepas tu) (?:saya|aku|dia|kami|kita|awak|mereka|i|you)$/u,
  ],
  leadIns: phraseList(
    'nombornya, alamatnya, namanya, emelnya, tarikhnya, soalannya, kali ini, kali ni, boleh tak, boleh ke, ' +
      'nombor saya, nombor telefon saya, no telefon saya, nama saya, alamat saya, emel saya, email saya, ' +
      'nombor kad pengenalan saya, nombor ic saya, ic saya, tarikh lahir saya, nombor pesanan saya, ' +
      'nombor dia, nama dia, masalah saya, masalah dia, nombor akaun saya, nama penuh saya, soalan saya',
  ),
  shortAnswers: phraseList(
    'ya, ye, ya betul, yalah, betul, tak, tidak, bukan, tak ada, takde, tiada, ada, boleh, tak boleh, nak, ' +
      'tak nak, taknak, mahu, tak mahu, tidak mahu, setuju, ok, okay, okey, baik, baiklah, faham, sudah, dah, ' +
      'belum, terima kasih, terima kasih banyak, terima kasih banyak banyak, sama-sama, selamat tinggal, ' +
      'eh bukan, eh salah, tak pasti, tak tahu, saya tak tahu, tidak tahu, saya tak pasti, ' +
      'ya saya, saya sendiri, helo, hello, salam, assalamualaikum, waalaikumsalam, waalaikumussalam, tak apa, ' +
      'takpe, haah, ha-ah, boleh boleh, ya boleh, memang, salah, cukup, tak payah, dua-dua, ya sila, ok boleh, ' +
      'ok terima kasih',
  ),
  questions: [
    // Question words at the end, the particle "ke", and "tak" and "kan" as tags.
    /(?:^| )(?:apa|bila|siapa|kenapa|mana|berapa|bagaimana|macam mana|camne|pukul berapa|hari apa|dekat mana|kat mana|ke|ke tak|tak|kan|ya tak|betul tak|boleh tak|boleh ke|ada tak|ada ke|ke tidak|atau tidak|ke belum|bukan)$/u,
  ],
  longQuestions: [
    // Question words at the beginning, the ending "-kah", "ada tak" and the like within.
    // Question words at either end, the particle "ke", the ending "-kah", "tak" and "kan" as tags.
    /^(?:(?:dan|jadi|tapi|okey|okay|ok|helo|hello|maaf|so|habis|lepas tu|eh) )*(?:apa|apakah|bila|bilakah|siapa|siapakah|kenapa|mengapa|berapa|berapakah|bagaimana|macam mana|camne|di mana|dekat mana|kat mana|mana|adakah|bolehkah|betulkah)(?: [^ ]+){2,}$/u,
    /^(?:(?:dan|jadi|tapi|okey|okay|ok|helo|hello|maaf|so) )*(?:boleh|ada|dapat)(?: [^ ]+)* (?:ke|tak|kah)$/u,
    /^[^ ]+kah(?: [^ ]+)+$/u,
    /(?:^| )(?:ada|boleh|dapat) (?:tak|ke)(?: [^ ]+)+$/u,
  ],
  particles: phraseList('lah, la, lor, loh, leh, meh, ah, eh, ya, kan, je, saja, sahaja'),
  digits: {
    kosong: '0',
    sifar: '0',
    satu: '1',
    dua: '2',
    tiga: '3',
    empat: '4',
    lima: '5',
    enam: '6',
    tujuh: '7',
    lapan: '8',
    delapan: '8',
    sembilan: '9',
  },
  numbers: { sepuluh: '10', sebelas: '11' },
  places: phraseList('puluh, ratus, ribu, juta, perpuluhan'),
  repeats: { dobel: 2, dabel: 2, tripel: 3 },
  phrases: {
    greeting: 'Helo, ada apa yang boleh saya bantu?',
    apology: 'Maaf, ada masalah di pihak saya tadi. Boleh ulang sekali lagi?',
    notUnderstood: 'Maaf, saya kurang jelas tadi. Boleh ulang sekali lagi?',
    reprompt: 'Helo, anda masih di talian?',
    goodbye: 'Terima kasih kerana menghubungi kami. Selamat tinggal.',
    timeLimit: 'Maaf, masa untuk panggilan ini sudah tamat. Terima kasih dan selamat tinggal.',
    failure:
      'Maaf, saya tidak dapat meneruskan panggilan ini buat masa ini. Sila cuba lagi sebentar nanti. Terima kasih.',
    wrapUp: 'Masa kita tinggal lebih kurang seminit. Ada apa-apa lagi yang boleh saya bantu?',
    robotAnswer: 'Ya, saya pembantu automatik. Saya sedia membantu anda.',
    recordingNotice: 'Untuk makluman, panggilan ini dirakam.',
    transferNotice: 'Sila tunggu sebentar, saya sambungkan panggilan anda.',
    notConnected:
      'Maaf, tiada sesiapa yang dapat menjawab panggilan anda sekarang. Ada apa-apa lagi yang boleh saya bantu?',
    voicemail:
      'Helo, maaf kerana kami tidak dapat bercakap dengan anda. Sila hubungi kami semula bila ada kelapangan. Terima kasih.',
    openers: ['Baik,', 'Okey,', 'Baiklah,', 'Sebentar ya,', 'Okey, sekejap,'],
    fillers: [
      'Sebentar ya.',
      'Tunggu sekejap, saya semak.',
      'Sekejap ya, saya tengah semak.',
      'Mohon tunggu sebentar.',
    ],
  },
  robotQuestions: [
    /\b(?:adakah |betulkah |memang )?(?:anda|awak|kamu|kau|ko|you|cik|encik|puan|tuan)(?: ni| ini| tu| itu)?(?: adalah| ialah| memang| sebenarnya)? (?:seorang |sebuah )?(?:robot|bot|mesin|komputer|ai|rakaman|manusia|orang betul|orang sebenar|orang)(?: ke| kah| tak| sebenar| betul|$)/u,
    /\b(?:robotkah|ini robot|ni robot|robot ke|mesin ke|rakaman ke|bot ke|ai ke|manusia ke|orang betul ke|orang ke robot|orang ke mesin|manusia atau robot|robot atau manusia|manusia ke robot|robot ke manusia|ini rakaman|ni rakaman|adakah ini (?:robot|mesin|rakaman|ai|bot))\b/u,
    /\bsaya (?:sedang |tengah )?(?:bercakap|cakap|berbual) dengan (?:robot|bot|mesin|ai|komputer|manusia|orang|rakaman)\b/u,
  ],
  machinePhrases: {
    screening: [
      /\b(?:sebut|nyatakan|beritahu|rakam)(?:kan)? nama (?:anda|awak)\b.{0,40}\b(?:sebab|tujuan)\b/u,
      /\btujuan (?:anda )?(?:menelefon|menghubungi|panggilan)\b.{0,60}\b(?:nama|sambung|rakam)/u,
    ],
    voicemail: [
      /\btinggalkan (?:pesanan|mesej|pesan|nama)\b/u,
      /\b(?:selepas|lepas) (?:nada|bunyi|bip)\b/u,
      /\b(?:mel suara|peti suara|peti mel suara|peti pesanan|pesanan suara|melsuara|rakam(?:kan)? (?:pesanan|mesej))\b/u,
      /\btidak dapat menjawab panggilan\b/u,
    ],
    unavailable: [
      /\b(?:nombor|pelanggan|pengguna|talian|panggilan)(?: telefon)?(?: yang)? (?:anda|dipanggil|didail)(?: dail| hubungi| panggil| telefon)?\b.{0,60}\b(?:tidak|tiada|dihentikan|sibuk|dimatikan|di luar|salah|gagal)\b/u,
      /\b(?:tidak dapat dihubungi|di luar (?:kawasan )?liputan|tiada dalam perkhidmatan|tidak (?:lagi )?digunakan|tidak dapat disambungkan|tidak wujud)\b/u,
      /\bnombor yang (?:anda )?(?:dail|didail)\b/u,
    ],
    ivr: [
      /\b(?:sila )?tekan(?: nombor| kekunci| butang)? (?:\d+|satu|dua|tiga|empat|lima|enam|tujuh|lapan|sembilan|kosong|sifar|bintang|hash|pagar)\b/u,
      /\buntuk (?:bahasa|pertanyaan|jualan|khidmat)\b.{0,40}\btekan\b/u,
      /\bpanggilan anda (?:amat |sangat )?penting\b/u,
      /\b(?:panggilan|perbualan)(?: ini)? (?:mungkin |akan )?(?:dirakam|dirakamkan|direkodkan) (?:untuk|bagi)\b/u,
      /\b(?:semua )?(?:pegawai|ejen|wakil|talian) (?:khidmat pelanggan )?(?:kami )?(?:sedang |masih )?sibuk\b/u,
      /\b(?:menu utama|pilihan berikut|nombor sambungan)\b/u,
      /\bwaktu (?:operasi|pejabat|perniagaan) (?:kami )?(?:ialah|adalah)\b/u,
    ],
  },
};

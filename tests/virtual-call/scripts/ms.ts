/** Malay as spoken on the phone. */

import { LEXICONS } from '@patchcord/edge/src/call/core/language/lexicons.ts';
import type { Script } from './script.ts';

export const MALAY: Script = {
  language: 'ms',
  locale: 'ms-MY',
  topics: [
    {
      name: 'clinic',
      turns: [
        {
          caller: 'Helo, saya nak | buat temujanji dengan Doktor Lim.',
          agent: 'Boleh. Hari apa yang sesuai untuk puan?',
        },
        {
          caller: 'Mungkin Selasa, / eh bukan, | Rabu pagi.',
          agent: 'Rabu pagi boleh. Doktor Lim ada masa pukul sembilan setengah dan pukul sebelas.',
        },
        {
          caller: 'Sembilan setengah.',
          agent: 'Baik, pukul sembilan setengah. Boleh saya dapatkan nama puan?',
        },
        {
          caller: 'Nama saya | Siti Rahman.',
          agent: 'Terima kasih, Puan Siti. Dan nombor telefon puan?',
        },
        {
          caller: 'Nombor saya | 012 ~ 345 ~ 6789.',
          agent: 'Terima kasih, saya dah catat. Ini kali pertama puan datang ke klinik?',
        },
        {
          caller: 'Tak, saya pernah datang dulu, / lebih kurang dua tahun lepas.',
          agent:
            'Kalau begitu fail puan masih ada. Sila bawa kad pengenalan, dan datang sepuluh minit awal untuk kemas kini maklumat.',
        },
        {
          caller: 'Perlu ke saya | berpuasa sebelum ujian darah?',
          agent:
            'Ya, jangan makan lapan jam sebelum ujian. Air kosong boleh, dan ubat boleh makan macam biasa.',
        },
        {
          caller: 'Lepas tu em | berapa harga pemeriksaan tu?',
          agent:
            'Pemeriksaan asas sembilan puluh ringgit. Kalau doktor minta ujian darah, tambah enam puluh lagi. Boleh bayar dengan kad atau tunai.',
        },
      ],
    },
    {
      name: 'order',
      turns: [
        {
          caller: 'Helo, saya telefon pasal | pesanan yang belum sampai.',
          agent: 'Minta maaf atas masalah itu. Boleh beri saya nombor pesanan?',
        },
        {
          caller: 'Nombornya | 4 4 7 ~ 2 9 1.',
          agent: 'Sekejap ya, saya semak dulu.',
          tool: 'find_order',
          afterTool:
            'Saya dah jumpa. Bungkusan keluar dari gudang hari Isnin dan sekarang dengan kurier.',
        },
        {
          caller: 'Bila barang tu | akan sampai?',
          agent: 'Sepatutnya sampai esok antara pukul dua dan enam petang.',
        },
        {
          caller: 'Esok saya tak ada di rumah. / Boleh tinggalkan dengan | jiran saya?',
          agent:
            'Boleh. Saya akan beritahu kurier supaya tinggalkan dengan jiran, dan puan akan terima mesej bila dah siap.',
        },
        {
          caller: 'Alamatnya | 88 Jalan Ampang, / pagar warna biru.',
          agent: 'Terima kasih. Saya dah tambah pagar biru dalam nota penghantaran.',
        },
        { caller: 'Ada caj tambahan tak?', agent: 'Tak ada, memang percuma.' },
        {
          caller: 'Macam mana kalau | esok pun tak sampai?',
          agent:
            'Kalau macam tu telefon kami lagi dan kami hantar yang baru hari itu juga. Puan tak perlu bayar apa-apa.',
        },
        {
          caller: 'Okey, boleh tak | hantar pautan penjejakan, / melalui mesej?',
          agent: 'Boleh, saya baru hantar pautan ke telefon bimbit puan.',
        },
      ],
    },
    {
      name: 'hours',
      turns: [
        {
          caller: 'Helo, pukul berapa buka hari ini?',
          agent: 'Kami buka pukul sepuluh dan tutup pukul sembilan malam.',
        },
        { caller: 'Kalau hari Ahad?', agent: 'Hari Ahad kami buka dari sebelas sampai enam.' },
        {
          caller: 'Cuti umum | buka tak, / macam Isnin depan?',
          agent:
            'Isnin depan kami buka setengah hari, dari pukul sepuluh sampai dua. Cuti umum yang lain kami tutup.',
        },
        {
          caller: 'Boleh parkir di mana / kalau datang dengan kereta?',
          agent:
            'Ada tempat letak kereta di bawah bangunan. Jam pertama percuma, lepas itu tiga ringgit sejam.',
        },
        {
          caller: 'Saya ingat nak | bawa mak ayah sekali, / ada lif tak?',
          agent: 'Ada, lif di pintu masuk utama, dan kami boleh pinjamkan kerusi roda.',
        },
        {
          caller: 'Kena tempah dulu ke?',
          agent: 'Hari biasa tak perlu. Hujung minggu lebih baik tempah.',
        },
        {
          caller: 'Kalau macam tu saya nak tempah untuk | empat orang, / hari Sabtu pukul tujuh.',
          agent: 'Empat orang hari Sabtu pukul tujuh, boleh. Atas nama siapa?',
        },
        {
          caller: 'Nama Tan.',
          agent: 'Terima kasih, Encik Tan. Meja dah ditempah untuk Sabtu pukul tujuh.',
        },
      ],
    },
    {
      name: 'complaint',
      turns: [
        {
          caller: 'Saya nak buat aduan pasal | juruteknik yang datang semalam.',
          agent: 'Minta maaf. Boleh ceritakan apa yang berlaku?',
        },
        {
          caller: 'Dia lambat dua jam / lepas tu dia | cakap alat ganti tak ada.',
          agent:
            'Perkara itu tak patut berlaku, saya minta maaf. Saya akan catat dua-dua perkara untuk pengurus.',
        },
        {
          caller: 'Saya dah ambil cuti satu hari untuk tu.',
          agent:
            'Saya faham. Kami boleh beri puan temujanji yang paling awal, supaya tak perlu tunggu lama.',
        },
        {
          caller: 'Kalau | hari Jumaat?',
          agent: 'Jumaat pukul lapan setengah ada kosong. Nak saya tempah untuk puan?',
        },
        {
          caller: 'Ya, boleh.',
          agent:
            'Siap. Jumaat lapan setengah, dan juruteknik akan telefon setengah jam sebelum sampai.',
        },
        {
          caller: 'Kali ini | alat ganti tu ada ke?',
          agent: 'Ada. Alat ganti dalam stor kami, dan saya dah simpan untuk temujanji puan.',
        },
        {
          caller: 'Saya rasa saya patut dapat | sedikit pampasan, / terus terang.',
          agent:
            'Saya setuju. Saya dah tolak bayaran panggilan dari bil, jadi puan bayar alat ganti sahaja.',
        },
        {
          caller: 'Baiklah, siapa yang saya boleh | cari kalau jadi lagi?',
          agent:
            'Boleh cari Puan Kaur, dia pengurus perkhidmatan. Dia ada dari pukul sembilan sampai lima.',
        },
      ],
    },
    {
      name: 'payment',
      turns: [
        {
          caller: 'Helo, saya dapat mesej pasal | bayaran tertunggak.',
          agent: 'Ya, saya boleh bantu. Boleh beri nombor akaun?',
        },
        {
          caller: 'Nombornya | 7 7 0 ~ 1 2 3 ~ 4 5.',
          agent: 'Terima kasih, sekejap ya.',
          tool: 'find_account',
          afterTool:
            'Ada satu invois belum dibayar, seratus dua puluh ringgit, tarikh akhir tiga hari bulan.',
        },
        {
          caller: 'Tapi saya dah bayar, / Khamis lepas.',
          agent:
            'Kadang-kadang ambil masa tiga hari bekerja sebelum bayaran nampak. Puan bayar macam mana?',
        },
        {
          caller: 'Pindahan bank.',
          agent: 'Kalau begitu esok patut dah masuk. Puan tak perlu buat apa-apa lagi.',
        },
        {
          caller: 'Habis kenapa saya | dapat peringatan?',
          agent:
            'Peringatan dihantar secara automatik setiap lima hari bulan. Peringatan puan dihantar sebelum bayaran masuk, jadi boleh abaikan.',
        },
        {
          caller: 'Lain kali boleh | bayar dengan kad, / atau em | buat debit terus?',
          agent: 'Dua-dua boleh. Untuk debit terus saya boleh hantar borang melalui emel.',
        },
        {
          caller: 'Boleh, hantar ke | alamat yang ada tu.',
          agent: 'Saya dah hantar. Sila tandatangan dan pulangkan sebelum hujung bulan.',
        },
        {
          caller: 'Saya masih kena | bayaran lewat ke?',
          agent: 'Tidak, tiada bayaran lewat, sebab puan bayar dalam tempoh ihsan.',
        },
      ],
    },
  ],
  closings: [
    {
      caller: 'Okey, terima kasih, bai.',
      agent: 'Terima kasih kerana menelefon. Selamat tinggal!',
      isLast: true,
    },
    {
      caller: 'Itu sahaja, / terima kasih banyak.',
      agent: 'Sama-sama. Semoga hari puan baik, selamat tinggal!',
      isLast: true,
    },
    {
      caller: 'Bagus, terima kasih kerana tolong, bai.',
      agent: 'Sama-sama. Selamat tinggal!',
      isLast: true,
    },
  ],
  phrases: {
    greeting: 'Selamat pagi, terima kasih kerana menelefon. Boleh saya bantu?',
    apology: 'Maaf, boleh ulang sekali lagi?',
    notUnderstood: 'Maaf, saya tak dengar tadi.',
    reprompt: 'Helo, masih di talian?',
    goodbye: 'Terima kasih kerana menelefon, selamat tinggal.',
    wrapUp: 'Kita perlu tamatkan sekejap lagi.',
    timeLimit: 'Maaf, masa kita dah tamat. Selamat tinggal.',
    failure: 'Maaf, ada masalah di sini.',
    openers: LEXICONS.ms.phrases.openers,
    fillers: ['Sekejap ya.', 'Tunggu sebentar.'],
    voicemail: 'Helo, ini dari klinik. Sila telefon kami semula.',
  },
  backchannels: ['ya', 'aha', 'okey', 'em', 'baik', 'oh ya'],
  hello: 'helo?',
  bystander: ['jom makan dah siap', 'kunci letak mana tadi', 'perlahankan sikit bunyi tu'],
  junk: ['eh', 'em', 'ah'],
  answersToPart: ['Ya, sila teruskan.', 'Boleh, kenapa dengan itu?'],
  answersToNothing: ['Maaf, boleh ulang semula?', 'Saya kurang jelas, boleh cakap sekali lagi?'],
  answersToHello: ['Ya, saya di sini. Boleh saya bantu?', 'Saya dengar.'],
  digits: ['kosong', 'satu', 'dua', 'tiga', 'empat', 'lima', 'enam', 'tujuh', 'lapan', 'sembilan'],
};

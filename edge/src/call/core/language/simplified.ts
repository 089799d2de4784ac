/** Traditional characters that occur in our word lists and patterns, each before its simplified form. */
const PAIRS =
  '對对嗎吗們们個个還还為为說说別别機机這这裡里裏里請请語语問问錄录電电話话撥拨無无應应聽听講讲時时後后幾几萬万億亿兩两號号碼码麼么' +
  '麽么樣样誰谁嚀咛訴诉業业務务員员檔档關关於于過过來来會会沒没錯错誤误點点鐘钟歡欢謝谢難难買买賣卖錢钱開开門门見见覺觉認认識识讓让' +
  '該该當当從从東东車车給给紅红約约經经結结連连進进選选運运邊边長长頭头題题類类願愿風风飛飞飯饭館馆馬马體体嘍喽齊齐聲声處处備备' +
  '實实嗯嗯噢噢暫暂續续繁繁線线訊讯據据確确請请轉转達达記记鍵键號号單单郵邮帳账親亲顧顾擁拥禮礼慢慢遠远紹绍讚赞';

const SIMPLIFIED: ReadonlyMap<string, string> = new Map(
  Array.from({ length: PAIRS.length / 2 }, (_, i) => [PAIRS[2 * i] ?? '', PAIRS[2 * i + 1] ?? '']),
);

/** `text` with the traditional characters we know made simple: recognisers for Hong Kong and Taiwan write them. */
export function simplifiedOf(text: string): string {
  if (!/\p{Script=Han}/u.test(text)) return text;
  return text.replaceAll(/\p{Script=Han}/gu, (char) => SIMPLIFIED.get(char) ?? char);
}

/**
 * What the OpenRouter stand-in answers: a receptionist that works by rules on the caller's last words.
 *
 * It knows nothing but the messages it is sent, and repeats what it understood often enough that an error anywhere on
 * the path is heard by the caller.
 */

/** One message of a chat completion request, as far as a brain looks at it. */
export interface BrainMessage {
  readonly role: string;
  /** Text; parts of other kinds are left out. */
  readonly content: string;
}

/** A tool on offer. */
export interface BrainTool {
  readonly name: string;
}

/** What is said and which tools are called; either may be empty. */
export interface BrainReply {
  readonly content: string;
  readonly toolCalls?: readonly { readonly name: string; readonly arguments: object }[];
}

/** Answers from the messages alone: the same messages give the same reply. */
export type Brain = (messages: readonly BrainMessage[], tools: readonly BrainTool[]) => BrainReply;

/** First rule whose pattern is found answers; `$&` in the reply is what the caller said. */
interface Rule {
  readonly pattern: RegExp;
  readonly reply: string;
  /** Calls the first offered tool whose name this matches. */
  readonly tool?: RegExp;
}

const HANG_UP = /hang_?up|end_?call/i;
const TRANSFER = /transfer|human/i;

const ENGLISH: readonly Rule[] = [
  {
    pattern: /\b(goodbye|bye|that is all|that's all)\b/i,
    reply: 'Thank you for calling. Goodbye!',
    tool: HANG_UP,
  },
  {
    pattern: /\b(human|person|operator|manager)\b/i,
    reply: 'One moment, I will connect you. You said: $&',
    tool: TRANSFER,
  },
  {
    pattern: /\b(opening hours|open|close|closed|hours)\b/i,
    reply: 'You asked: $& We are open from nine to six, Monday to Saturday.',
  },
  {
    pattern: /\b(book|booking|reserve|reservation|table|appointment)\b/i,
    reply: 'I have noted: $& Is there anything else?',
  },
  {
    pattern: /^(hello|hi|good (morning|afternoon|evening))\b[\s,.!?]*$/i,
    reply: 'Hello! How can I help you?',
  },
  { pattern: /\b(thank you|thanks)\b/i, reply: 'You are welcome. I heard: $&' },
  { pattern: /./s, reply: 'You said: $&' },
];

const MALAY: readonly Rule[] = [
  {
    pattern: /\b(selamat tinggal|itu sahaja)\b/i,
    reply: 'Terima kasih kerana menelefon. Selamat tinggal!',
    tool: HANG_UP,
  },
  {
    pattern: /\b(buka|tutup|waktu)\b/i,
    reply: 'Anda tanya: $& Kami buka dari pukul sembilan hingga enam.',
  },
  { pattern: /\b(tempah|tempahan|meja|janji temu)\b/i, reply: 'Saya catat: $& Ada apa-apa lagi?' },
  { pattern: /./s, reply: 'Anda kata: $&' },
];

const CHINESE: readonly Rule[] = [
  { pattern: /再见|拜拜/, reply: '谢谢您的来电，再见！', tool: HANG_UP },
  { pattern: /营业|几点|开门|关门/, reply: '您问的是：$& 我们早上九点到晚上六点营业。' },
  { pattern: /预订|预约|订位/, reply: '我记下了：$& 还有什么可以帮您？' },
  { pattern: /./s, reply: '您说的是：$&' },
];

const MALAY_WORDS = /\b(saya|anda|nak|boleh|untuk|selamat|apa|pukul|meja|terima|kasih|itu)\b/i;

function rulesFor(text: string): readonly Rule[] {
  if (/\p{Script=Han}/u.test(text)) return CHINESE;
  return MALAY_WORDS.test(text) ? MALAY : ENGLISH;
}

/** The receptionist of the demo. */
export const receptionist: Brain = (messages, tools) => {
  const last = messages.at(-1);
  if (last?.role === 'tool')
    return { content: `Done. The answer was: ${asSentence(last.content)}` };
  const said = messages.findLast((message) => message.role === 'user')?.content.trim() ?? '';
  if (said === '') return { content: 'Hello, this is the reception. How can I help you?' };
  const rule = rulesFor(said).find(({ pattern }) => pattern.test(said));
  const tool = tools.find(({ name }) => rule?.tool?.test(name) === true);
  const reply = (rule?.reply ?? '').replaceAll('$&', () => asSentence(said));
  return {
    content: restOf(reply, messages),
    ...(tool === undefined ? {} : { toolCalls: [{ name: tool.name, arguments: {} }] }),
  };
};

/** Asked by the system to go on with an answer that broke off, it goes on with the next word. */
function restOf(reply: string, messages: readonly BrainMessage[]): string {
  const [broken, request] = messages.slice(-2);
  if (broken?.role !== 'assistant' || request?.role !== 'system') return reply;
  return reply.startsWith(broken.content) ? reply.slice(broken.content.length).trimStart() : reply;
}

function asSentence(text: string): string {
  return /[.!?。！？…]$/u.test(text) ? text : `${text}.`;
}

/** Text in the pieces a model streams: words with the space before them, long ones in parts, Chinese by character. */
export function tokenise(text: string): string[] {
  return text.match(/\s?(?:\p{Script=Han}|[^\s\p{Script=Han}]{1,6})|\s+/gu) ?? [];
}

/** What the caller says, and the tool that the model calls then. */
export interface ToolRule {
  readonly said: RegExp;
  readonly tool: string;
  readonly arguments: object;
  /** Said before the tool is called. */
  readonly content?: string;
}

/** The receptionist with tools: calls the first whose rule fits if it is on offer, and tells what it answered. */
export function receptionistWith(rules: readonly ToolRule[]): Brain {
  return (messages, tools) => {
    const last = messages.at(-1);
    const rule = rules.find(({ said }) => last?.role === 'user' && said.test(last.content));
    const isOffered = tools.some(({ name }) => name === rule?.tool);
    if (rule === undefined || !isOffered) return receptionist(messages, tools);
    const toolCalls = [{ name: rule.tool, arguments: rule.arguments }];
    return { content: rule.content ?? '', toolCalls };
  };
}

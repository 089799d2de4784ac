import { AriError } from './ari-error.ts';
import { parseCallerId } from './caller-id.ts';
import { ASTERISK_ID, bridgeJson, channelJson, formatInstant } from './ari-json.ts';
import type { Json } from './ari-json.ts';
import type { Channel } from './channel.ts';
import type { Modules } from './modules.ts';
import type { Switchboard } from './switchboard.ts';

/** A request, without HTTP. Query and JSON body are one set of parameters, as in Asterisk. */
export interface AriRequest {
  readonly method: string;
  /** Below `/ari`, such as `/channels/1.2/answer`; percent-encoding undone part by part. */
  readonly parts: readonly string[];
  parameter(name: string): string | undefined;
  /** A parameter that may be a list: repeated, separated by commas, or a JSON array. */
  list(name: string): readonly string[];
  /** `variables` of a JSON body. */
  readonly variables: Readonly<Record<string, string>>;
}

/** What routes work on. */
export interface AriContext {
  readonly board: Switchboard;
  readonly modules: Modules;
  /** As `GET /asterisk/info` says it. */
  readonly version: string;
  readonly startedAt: Date;
}

/** 201 in place of 200. */
export class Created {
  readonly body: Json;

  constructor(body: Json) {
    this.body = body;
  }
}

/** An answer: a JSON value, or nothing for 204. */
export type AriAnswer = Json | Created | void;

type Route = (request: AriRequest, context: AriContext) => AriAnswer | Promise<AriAnswer>;

/** `:id` stands for any part; parameters are read off the same places in `parts`. */
const ROUTES: Readonly<Record<string, Partial<Record<string, Route>>>> = {
  'asterisk/ping': {
    GET: () => ({ ping: 'pong', timestamp: formatInstant(new Date()), asterisk_id: ASTERISK_ID }),
  },
  'asterisk/info': { GET: getInfo },
  'asterisk/modules': { GET: (_, { modules }) => modules.list() },
  'asterisk/modules/:id': {
    GET: ({ parts }, { modules }) => modules.get(parts[2] ?? ''),
    POST: ({ parts }, { modules }) => modules.load(parts[2] ?? ''),
    DELETE: ({ parts }, { modules }) => modules.unload(parts[2] ?? ''),
  },
  applications: { GET: (_, { board }) => board.events.list() },
  'applications/:id': { GET: getApplication },
  channels: {
    GET: (_, { board }) => [...board.channels.values()].map(channelJson),
    POST: (request, context) => postChannel(request, context, request.parameter('channelId')),
  },
  'channels/externalMedia': { POST: postExternalMedia },
  'channels/:id': {
    GET: (request, context) => channelJson(channelOf(request, context)),
    POST: (request, context) => postChannel(request, context, request.parts[1]),
    DELETE: deleteChannel,
  },
  'channels/:id/answer': {
    POST: (request, context) => context.board.answer(channelOf(request, context)),
  },
  'channels/:id/ring': {
    POST: (request, context) => context.board.ring(channelOf(request, context)),
    DELETE: (request, context) => {
      channelOf(request, context);
    },
  },
  'channels/:id/continue': { POST: postContinue },
  'channels/:id/dtmf': { POST: postDtmf },
  'channels/:id/play': { POST: postPlay },
  'playbacks/:id': {
    GET: ({ parts }, { board }) => board.playbacks.get(parts[1] ?? ''),
    DELETE: ({ parts }, { board }) => board.playbacks.stop(parts[1] ?? ''),
  },
  'channels/:id/variable': { GET: getVariable, POST: postVariable },
  bridges: {
    GET: (_, { board }) => [...board.bridges.values()].map(bridgeJson),
    POST: (request, context) => createBridge(request, context, request.parameter('bridgeId')),
  },
  'bridges/:id': {
    GET: ({ parts }, { board }) => bridgeJson(board.bridge(parts[1] ?? '', 'Not Found')),
    POST: (request, context) => createBridge(request, context, request.parts[1]),
    DELETE: ({ parts }, { board }) => board.destroyBridge(board.bridge(parts[1] ?? '')),
  },
  'bridges/:id/addChannel': {
    POST: (request, context) => {
      const bridge = context.board.bridge(request.parts[1] ?? '');
      context.board.addToBridge(bridge, membersOf(request, context));
    },
  },
  'bridges/:id/removeChannel': {
    POST: (request, context) => {
      const bridge = context.board.bridge(request.parts[1] ?? '');
      context.board.removeFromBridge(bridge, membersOf(request, context));
    },
  },
};

/** Answers a request; throws {@link AriError} for what Asterisk refuses. */
export async function answerAri(request: AriRequest, context: AriContext): Promise<AriAnswer> {
  const route = findRoute(request.parts);
  if (route === undefined) throw new AriError(404, 'Resource not found');
  const handle = route[request.method];
  if (handle === undefined) throw new AriError(405, 'Invalid method');
  return await handle(request, context);
}

function findRoute(parts: readonly string[]): Partial<Record<string, Route>> | undefined {
  const exact = ROUTES[parts.join('/')];
  if (exact !== undefined) return exact;
  for (const [pattern, route] of Object.entries(ROUTES)) {
    const wanted = pattern.split('/');
    const fits =
      wanted.length === parts.length &&
      wanted.every((part, index) => part === ':id' || part === parts[index]);
    if (fits) return route;
  }
  return undefined;
}

function channelOf({ parts }: AriRequest, { board }: AriContext): Channel {
  return board.channel(parts[1] ?? '');
}

function membersOf(request: AriRequest, { board }: AriContext): readonly Channel[] {
  const ids = request.list('channel');
  if (ids.length === 0) throw new AriError(400, 'Missing parameter channel');
  return ids.map((id) => {
    const channel = board.channels.get(id);
    if (channel === undefined) throw new AriError(400, 'Channel not found');
    return channel;
  });
}

function getInfo(request: AriRequest, { version, startedAt }: AriContext): AriAnswer {
  const system = { version, entity_id: ASTERISK_ID };
  const started = formatInstant(startedAt);
  const all = {
    build: {
      os: 'Linux',
      kernel: 'unknown',
      machine: 'unknown',
      options: 'OPTIONAL_API',
      date: '2026-01-01 00:00:00 UTC',
      user: 'nobody',
    },
    system,
    config: { name: '', default_language: 'en', setid: { user: '', group: '' } },
    status: { startup_time: started, last_reload_time: started },
  };
  const only = request.list('only');
  return only.length === 0
    ? all
    : Object.fromEntries(Object.entries(all).filter(([name]) => only.includes(name)));
}

function getApplication({ parts }: AriRequest, { board }: AriContext): AriAnswer {
  const found = board.events
    .list()
    .find(
      (app) => typeof app === 'object' && app !== null && 'name' in app && app['name'] === parts[1],
    );
  if (found === undefined) throw new AriError(404, 'Application not found');
  return found;
}

/** Default of `POST /channels`. */
const ORIGINATE_TIMEOUT_S = 30;

/** Q.850 causes of `DELETE /channels/{id}?reason=`. */
const HANGUP_REASONS: Readonly<Record<string, number>> = {
  normal: 16,
  busy: 17,
  congestion: 34,
  no_answer: 19,
  timeout: 102,
  rejected: 21,
  unallocated: 1,
  normal_unspecified: 31,
  number_incomplete: 28,
  codec_mismatch: 127,
  interworking: 127,
  failure: 38,
  answered_elsewhere: 26,
};

function deleteChannel(request: AriRequest, context: AriContext): AriAnswer {
  const channel = channelOf(request, context);
  const code = request.parameter('reason_code');
  const cause =
    code === undefined ? HANGUP_REASONS[request.parameter('reason') ?? 'normal'] : Number(code);
  if (cause === undefined || !(cause > 0)) {
    throw new AriError(400, 'Invalid reason for hangup reason provided', 'Invalid Reason');
  }
  context.board.hangup(channel, cause);
}

/** Only places in the rig's own context are known: any other name of a context leads to the human. */
function postContinue(request: AriRequest, context: AriContext): AriAnswer {
  const channel = channelOf(request, context);
  const place = request.parameter('context') ?? 'from-phone';
  const extension = request.parameter('extension');
  const isHuman = place !== 'from-phone' || extension === undefined;
  context.board.continue(channel, isHuman ? undefined : extension);
}

function postDtmf(request: AriRequest, context: AriContext): AriAnswer {
  const channel = channelOf(request, context);
  const digits = request.parameter('dtmf');
  if (digits === undefined || digits === '') throw new AriError(400, 'DTMF is required');
  context.board.sendDigits(channel, digits);
}

function postChannel(
  request: AriRequest,
  { board }: AriContext,
  channelId: string | undefined,
): AriAnswer {
  const endpoint = request.parameter('endpoint') ?? '';
  if (endpoint === '') throw new AriError(400, 'Endpoint must be specified', 'Bad Request');
  const app = request.parameter('app') ?? '';
  // Only calls into an application are known here.
  if (app === '') {
    throw new AriError(400, 'Application or extension must be specified', 'Bad Request');
  }
  const timeoutS = Number(request.parameter('timeout') ?? ORIGINATE_TIMEOUT_S);
  const { variables } = request;
  const caller = parseCallerId(request.parameter('callerId') ?? '');
  return board.originate({
    channelId,
    otherChannelId: request.parameter('otherChannelId'),
    endpoint,
    app,
    appArgs: request.list('appArgs').filter((word) => word !== ''),
    caller: { ...caller, name: variables['CALLERID(name)'] ?? caller.name },
    timeoutMs: timeoutS * 1000,
    variables,
  });
}

function postPlay(request: AriRequest, context: AriContext): AriAnswer {
  const channel = channelOf(request, context);
  const media = request.list('media');
  const id = request.parameter('playbackId');
  const [first] = media;
  if (first === undefined) throw new AriError(500, 'Failed to queue media for playback');
  return new Created(context.board.play(channel, first, id));
}

function getVariable(request: AriRequest, context: AriContext): AriAnswer {
  const channel = channelOf(request, context);
  const name = request.parameter('variable');
  if (name === undefined) throw new AriError(400, 'Variable name is required');
  const functions: Readonly<Record<string, string>> = {
    'CALLERID(num)': channel.caller.number,
    'CALLERID(name)': channel.caller.name,
    'CHANNEL(state)': channel.state,
  };
  const value = functions[name] ?? channel.variables.get(name);
  if (value === undefined) {
    throw new AriError(404, 'Provided variable was not found', 'Variable Not Found');
  }
  return { value };
}

function postVariable(request: AriRequest, context: AriContext): AriAnswer {
  const channel = channelOf(request, context);
  const name = request.parameter('variable');
  if (name === undefined) throw new AriError(400, 'Variable name is required');
  context.board.setVariable(channel, name, request.parameter('value') ?? '');
}

function createBridge(
  request: AriRequest,
  { board }: AriContext,
  id: string | undefined,
): AriAnswer {
  return bridgeJson(board.createBridge(id, request.parameter('name') ?? ''));
}

async function postExternalMedia(request: AriRequest, context: AriContext): Promise<AriAnswer> {
  const app = request.parameter('app');
  if (app === undefined || app === '') throw new AriError(400, 'app cannot be empty');
  const externalHost = request.parameter('external_host');
  if (externalHost === undefined) {
    throw new AriError(400, 'external_host is required for all but websocket server connections');
  }
  const [, host, port] = /^(.+):(\d+)$/.exec(externalHost) ?? [];
  if (host === undefined) {
    throw new AriError(
      400,
      'external_host must be <host>:<port> for all transports other than websocket',
    );
  }
  if (!context.modules.isLoaded('chan_rtp.so') || request.parameter('format') !== 'ulaw') {
    throw new AriError(500, 'An internal error prevented this request from being handled');
  }
  return await context.board.externalMedia({
    channelId: request.parameter('channelId'),
    app,
    host,
    port: Number(port),
    variables: request.variables,
  });
}

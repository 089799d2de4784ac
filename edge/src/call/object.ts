/**
 * One call: the Durable Object that holds its stream.
 *
 * The socket is accepted plainly, not for hibernation: with 50 messages a second there is nothing to sleep through, and
 * hibernation costs a third more CPU per message (facts/edge-runtime.md section 3).
 */

import { DurableObject } from 'cloudflare:workers';
import {
  isPatchcord,
  PATCHCORD_HEADER,
  PATCHCORD_VERSION,
} from '@patchcord/shared/media-streams/extensions';
import type { AnsweredBy } from '@patchcord/shared/twilio/call-record';
import { AfterwardsStore } from '../afterwards/afterwards-store.ts';
import { Afterwards } from '../afterwards/afterwards.ts';
import type { AfterwardsReport } from '../afterwards/report.ts';
import { retentionMs } from '../afterwards/plan.ts';
import type { Bindings } from '../bindings.ts';
import { CallIndex, type IndexedCall } from '../calls/call-index.ts';
import { indexedCall } from '../calls/indexed-call.ts';
import { clipBucket } from '../clips/clip-bucket.ts';
import { ClipLibrary } from '../clips/clip-library.ts';
import { ClipShelf } from '../clips/clip-shelf.ts';
import { openDatabase } from '../database.ts';
import { readEnv, type Env } from '../env.ts';
import { HttpError } from '../errors.ts';
import { voiceClip } from '../providers/tts/elevenlabs-clip.ts';
import { RecordingStore } from '../recording/recording-store.ts';
import { parametersBack } from '../transfer/call-transfers.ts';
import { CallStore, type CallReport } from './store.ts';
import { CallStream } from './stream.ts';

/** Of all calls in this isolate. */
const CLIP_SHELF = new ClipShelf();

export class CallObject extends DurableObject<Bindings> {
  readonly #store: CallStore;
  readonly #index: CallIndex;
  readonly #recordings: RecordingStore;
  readonly #afterwards: Afterwards;
  #stream: CallStream | undefined;
  /** A verdict that came before the stream did. */
  #answeredBy: AnsweredBy | undefined;

  constructor(state: DurableObjectState, bindings: Bindings) {
    super(state, bindings);
    this.#store = new CallStore(state.storage.sql);
    this.#index = new CallIndex({
      open: () => openDatabase(bindings),
      onFailure: (message) => {
        const code = 'CALL_INDEX_FAILED';
        console.error(JSON.stringify({ level: 'error', event: 'call-index', code, message }));
      },
    });
    this.#recordings = new RecordingStore(state.storage.sql);
    this.#afterwards = new Afterwards({
      storage: state.storage,
      bindings,
      calls: this.#store,
      store: new AfterwardsStore(state.storage.sql),
      recordings: this.#recordings,
      index: this.#index,
    });
    const now = Date.now();
    const lost = this.#store.closeLostCall(now);
    if (lost === undefined) return;
    this.#afterwards.end(lost.endReason, now);
    this.#putIndex(indexedCall(lost, { turns: this.#store.nextTurnIndex() }));
  }

  /** A Media Streams socket; the Worker has checked its signature. `X-Patchcord-Call` names the call if the URL did. */
  override async fetch(request: Request): Promise<Response> {
    const { alias } = this.#store;
    // It began on a stream that did not name it, and comes back on one that does.
    if (alias !== undefined) {
      return await this.env.CALL.get(this.env.CALL.idFromString(alias)).fetch(request);
    }
    const parsed = readEnv(this.env);
    if (!parsed.isValid) {
      return new HttpError('EDGE_MISCONFIGURED', 'the configuration is not valid').toResponse();
    }
    // A peer that dials again has lost the old socket, whether we know it yet or not.
    this.#stream?.end('stream-replaced');
    const { 0: client, 1: server } = new WebSocketPair();
    const callSid = request.headers.get(CALL_SID_HEADER) ?? undefined;
    const isOurRelay = isPatchcord(request.headers.get(PATCHCORD_HEADER));
    this.#stream = new CallStream(server, this.#store, {
      bindings: this.env,
      env: parsed.env,
      callSid,
      origin: request.headers.get(ORIGIN_HEADER) ?? '',
      isPatchcord: isOurRelay,
      clips: this.#openClips(parsed.env),
      recordings: this.#recordings,
      afterwards: this.#afterwards,
      onStart: (startedSid) => this.#tellName(callSid, startedSid),
      onIndex: (call) => this.#putIndex(call),
    });
    this.#tellAnsweredBy();
    const headers = isOurRelay ? { [PATCHCORD_HEADER]: PATCHCORD_VERSION } : {};
    return new Response(null, { status: 101, webSocket: client, headers });
  }

  /** The call so far, or undefined where there never was one. */
  async report(): Promise<(CallReport & AfterwardsReport) | undefined> {
    const { alias } = this.#store;
    if (alias === undefined) {
      const call = this.#store.report();
      return call === undefined ? undefined : { ...call, ...this.#afterwards.report(call) };
    }
    return await this.env.CALL.get(this.env.CALL.idFromString(alias)).report();
  }

  /** Nobody took the call: the parameters of its next stream, or undefined where its agent cannot go on. */
  async takeBack(): Promise<Record<string, string> | undefined> {
    const { alias } = this.#store;
    if (alias === undefined) return parametersBack(this.#store);
    return await this.env.CALL.get(this.env.CALL.idFromString(alias)).takeBack();
  }

  /** Who or what answered: told to the conversation, or kept for it where its stream has not begun. */
  async putAnsweredBy(answeredBy: AnsweredBy): Promise<void> {
    const { alias } = this.#store;
    if (alias !== undefined) {
      const call = this.env.CALL.get(this.env.CALL.idFromString(alias));
      return await call.putAnsweredBy(answeredBy);
    }
    this.#answeredBy = answeredBy;
    this.#tellAnsweredBy();
  }

  #tellAnsweredBy(): void {
    if (this.#stream === undefined || this.#answeredBy === undefined) return;
    this.#stream.answeredBy(this.#answeredBy);
    this.#answeredBy = undefined;
  }

  /** The call of this object's name is held by the object `id`. */
  async putAlias(id: string): Promise<void> {
    this.#store.putAlias(id);
    const parsed = readEnv(this.env);
    if (parsed.isValid) this.#afterwards.removeAt(Date.now() + retentionMs(parsed.env));
    const answeredBy = this.#answeredBy;
    this.#answeredBy = undefined;
    if (answeredBy !== undefined) await this.putAnsweredBy(answeredBy);
  }

  override async alarm(): Promise<void> {
    await this.#afterwards.run();
  }

  #openClips(env: Env): ClipLibrary {
    const { CLIPS } = this.env;
    return new ClipLibrary({
      env,
      shelf: CLIP_SHELF,
      bucket: CLIPS === undefined ? undefined : clipBucket(CLIPS),
      voice: voiceClip,
      waitUntil: (work) => this.ctx.waitUntil(work),
      onBucketFailed: (message) => {
        console.warn(
          JSON.stringify({ level: 'warn', event: 'clips', code: 'CLIPS_FAILED', message }),
        );
      },
    });
  }

  /** Beside the call: nothing waits for it. */
  #putIndex(call: IndexedCall): void {
    const report = this.#store.report();
    const notes = report === undefined ? {} : this.#afterwards.notes(report);
    this.ctx.waitUntil(this.#index.put({ ...call, ...notes }));
  }

  /** A stream without the call's SID in its URL: the object of that name is told where the call is. */
  #tellName(known: string | undefined, callSid: string): void {
    if (known !== undefined) return;
    const told = this.env.CALL.getByName(callSid).putAlias(this.ctx.id.toString());
    this.ctx.waitUntil(Promise.resolve(told));
  }
}

/** Carries from the route to the object where Twilio reaches this Worker, such as `https://agent.example`. */
export const ORIGIN_HEADER = 'X-Patchcord-Origin';

/** Carries the call's SID from the route to the object. */
export const CALL_SID_HEADER = 'X-Patchcord-Call';

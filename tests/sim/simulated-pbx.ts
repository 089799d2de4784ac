import { createSocket } from 'node:dgram';
import type { RtpRange } from '../rig/rtp-range.ts';
import { leaseRtpRange } from '../rig/rtp-range.ts';
import type { LeasedRtpRange } from '../rig/rtp-range.ts';
import type { Leftovers, Pbx } from '../rig/pbx.ts';
import type { DeskOptions } from '../rig/desk-phone.ts';
import type { DialOptions } from '../rig/phone.ts';
import { AriServer } from './ari-server.ts';
import { Endpoints } from './endpoints.ts';
import { ExternalMedia } from './external-media.ts';
import type { ExternalMediaStats } from './external-media.ts';
import { Faults } from './faults.ts';
import { MODULES_ON_DISK, Modules } from './modules.ts';
import { seededRandom } from './random.ts';
import { RtpPorts } from './rtp-ports.ts';
import { SimulatedDesk } from './simulated-desk.ts';
import { SimulatedPhone } from './simulated-phone.ts';
import { SimulatedTrunk } from './simulated-trunk.ts';
import { Switchboard } from './switchboard.ts';

/** What to simulate. */
export interface SimulatedPbxOptions {
  /** `mikopbx`: prefix `asterisk`, chan_rtp not loaded, 201 RTP ports. Default `plain`. */
  readonly shape?: 'plain' | 'mikopbx';
  /** Stasis application of each extension, default `{ '999': 'patchcord' }`. */
  readonly apps?: Readonly<Record<string, string>>;
  readonly ariUsername?: string;
  readonly ariPassword?: string;
  /** Modules that are not on disk: `['chan_rtp.so']` cannot be healed. */
  readonly missingModules?: readonly string[];
  /** RTP ports, fewer than the shape's: to run out of them sooner. */
  readonly rtpPortCount?: number;
  /** Of all faults by chance, default 1. */
  readonly seed?: number;
  /** As `GET /asterisk/info` says it, default 22.10.1. */
  readonly version?: string;
}

/** What stock MikoPBX does not load (facts section 0). */
const NOT_LOADED_MIKOPBX = ['chan_rtp.so', 'res_rtp_multicast.so'];

/** Starts a simulated PBX: ARI on 127.0.0.1, RTP for external media, phones in this process. */
export async function startSimulatedPbx(options: SimulatedPbxOptions = {}): Promise<SimulatedPbx> {
  const shape = options.shape ?? 'plain';
  const range = await leaseRtpRange(shape);
  const pbx = new SimulatedPbx(options, range);
  await pbx.start();
  return pbx;
}

/** An Asterisk as far as the relay can see it, with faults at will. */
export class SimulatedPbx implements Pbx {
  readonly kind = 'simulated';
  readonly name: string;
  readonly ariUsername: string;
  readonly ariPassword: string;
  readonly rtpRange: RtpRange;
  /** Set at any time; they count from then on. */
  readonly faults = new Faults();
  readonly modules: Modules;
  readonly #board: Switchboard;
  readonly #server: AriServer;
  readonly #range: LeasedRtpRange;
  readonly #phones = new Set<SimulatedPhone>();
  readonly #desks = new Map<string, SimulatedDesk>();
  /** The provider that it is a customer of. */
  readonly trunk = new SimulatedTrunk((options) => this.#dialIn(options));
  readonly #firstExtension: string;
  #ariUrl = '';
  #hasCrashed = false;
  #stopping: Promise<void> | undefined;

  constructor(options: SimulatedPbxOptions, range: LeasedRtpRange) {
    const shape = options.shape ?? 'plain';
    const version = options.version ?? '22.10.1';
    this.name = `simulated Asterisk ${version} (${shape})`;
    this.ariUsername = options.ariUsername ?? 'relay';
    this.ariPassword = options.ariPassword ?? 'simulated';
    this.#range = range;
    const count = options.rtpPortCount ?? range.lastPort - range.firstPort + 1;
    this.rtpRange = { firstPort: range.firstPort, lastPort: range.firstPort + count - 1 };

    const onDisk = MODULES_ON_DISK.filter((name) => !options.missingModules?.includes(name));
    this.modules = new Modules(
      onDisk,
      shape === 'plain' ? onDisk : onDisk.filter((name) => !NOT_LOADED_MIKOPBX.includes(name)),
    );
    const endpoints = new Endpoints(this.trunk, this.#desks, shape);
    const apps = options.apps ?? { '999': 'patchcord' };
    this.#firstExtension = Object.keys(apps)[0] ?? '601';
    this.#board = new Switchboard({
      findEndpoint: (endpoint, caller) => endpoints.find(endpoint, caller),
      faults: this.faults,
      random: seededRandom(options.seed ?? 1),
      ports: new RtpPorts(this.rtpRange.firstPort, this.rtpRange.lastPort),
      apps,
      onOutOfPorts: () => void this.crash(),
    });
    this.#server = new AriServer({
      board: this.#board,
      modules: this.modules,
      version,
      startedAt: new Date(),
      prefix: shape === 'mikopbx' ? 'asterisk' : '',
      username: this.ariUsername,
      password: this.ariPassword,
      faults: this.faults,
    });
  }

  /** Once, by `startSimulatedPbx`. */
  async start(): Promise<void> {
    this.#ariUrl = `http://127.0.0.1:${await this.#server.listen()}`;
  }

  get ariUrl(): string {
    return this.#ariUrl;
  }

  /** True after it ran out of RTP ports, or `crash()`. */
  get hasCrashed(): boolean {
    return this.#hasCrashed;
  }

  /** Requests so far, as `POST /ari/bridges 200`; sockets as `UPGRADE /ari/events 101`. */
  get requests(): readonly string[] {
    return this.#server.requests;
  }

  /** Requests that had a wrong password. */
  get refusedPasswords(): number {
    return this.#server.refusedPasswords;
  }

  /** Event sockets open at this moment. */
  get socketCount(): number {
    return this.#server.socketCount;
  }

  dial(options: DialOptions): Promise<SimulatedPhone> {
    return this.#call(options, 'phone');
  }

  /** A number of the trunk's customer is dialled: it leads to the first application. */
  async #dialIn(options: DialOptions): Promise<SimulatedPhone> {
    const isMine = this.trunk.account.numbers.includes(options.extension.replace('+', ''));
    const extension = isMine ? this.#firstExtension : options.extension;
    return await this.#call({ ...options, extension }, 'trunk');
  }

  async #call(options: DialOptions, endpoint: 'phone' | 'trunk'): Promise<SimulatedPhone> {
    const phone = new SimulatedPhone(options);
    this.#phones.add(phone);
    void phone.ended.then(() => this.#phones.delete(phone));
    const caller = { name: options.callerName ?? '', number: phone.callerNumber };
    if (this.#hasCrashed) phone.break();
    else this.#board.call(phone, caller, options.extension, endpoint);
    if (options.until !== 'sent') await phone.answered;
    return phone;
  }

  /** Plugs a phone in that can be called. */
  register(options: DeskOptions): Promise<SimulatedDesk> {
    const desk = new SimulatedDesk(options, () => {
      if (this.#desks.get(desk.extension) === desk) this.#desks.delete(desk.extension);
    });
    this.#desks.set(desk.extension, desk);
    return Promise.resolve(desk);
  }

  addSound(name: string, mulaw: Uint8Array): Promise<string> {
    const media = `sound:simulated/${name}`;
    this.#board.playbacks.sounds.set(media, mulaw);
    return Promise.resolve(media);
  }

  leftovers(): Promise<Leftovers> {
    const channels = [...this.#board.channels.keys()];
    const bridges = [...this.#board.bridges.keys()];
    return Promise.resolve({ channels, bridges });
  }

  /** Counters of every external-media leg that is up, by channel id. */
  externalMedia(): ReadonlyMap<string, ExternalMediaStats> {
    const legs = new Map<string, ExternalMediaStats>();
    for (const [id, { technology }] of this.#board.channels) {
      if (technology instanceof ExternalMedia) legs.set(id, technology.stats);
    }
    return legs;
  }

  /** Cuts every ARI event socket without a word; the relay may connect again at once. */
  dropAriSockets(): void {
    this.#server.dropSockets();
  }

  /** Sends a datagram to every external host from a port that is not Asterisk's; resolves when the kernel has them. */
  async sendFromStranger(datagram: Uint8Array): Promise<void> {
    const stranger = createSocket('udp4');
    const sent: Promise<void>[] = [];
    for (const { technology } of this.#board.channels.values()) {
      if (!(technology instanceof ExternalMedia)) continue;
      const { host, port } = technology.externalAddress;
      const { promise, resolve } = Promise.withResolvers<void>();
      stranger.send(datagram, port, host, () => resolve());
      sent.push(promise);
    }
    await Promise.all(sent);
    stranger.close();
  }

  /** Dies as Asterisk does without RTP ports: everything at once, nobody is told. */
  async crash(): Promise<void> {
    if (this.#hasCrashed) return;
    this.#hasCrashed = true;
    this.#board.abandon();
    for (const phone of this.#phones) phone.break();
    await this.#server.close();
  }

  stop(): Promise<void> {
    return (this.#stopping ??= this.crash().then(() => this.#range.release()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

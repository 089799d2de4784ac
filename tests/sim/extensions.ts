import type { Channel } from './channel.ts';
import { NORMAL_CLEARING } from './causes.ts';
import type { ChannelLife } from './channel-life.ts';
import { playMilliwatt, RIG_EXTENSIONS } from './dialplan.ts';
import type { DialplanStep } from './dialplan.ts';
import type { Faults } from './faults.ts';

/** The dialplan at work: what a channel goes through that has come to an extension. */
export class Extensions {
  readonly #life: ChannelLife;
  readonly #faults: Faults;
  readonly #dialplan: Readonly<Record<string, DialplanStep>>;

  /** `apps`: application of each extension, besides the rig's own. */
  constructor(life: ChannelLife, faults: Faults, apps: Readonly<Record<string, string>>) {
    this.#life = life;
    this.#faults = faults;
    const own = Object.entries(apps).map(
      ([extension, app]) => [extension, { kind: 'stasis', app }] as const,
    );
    this.#dialplan = { ...RIG_EXTENSIONS, ...Object.fromEntries(own) };
  }

  run(channel: Channel, extension: string): void {
    channel.stopApplication();
    channel.dialplanMedia = undefined;
    const step = this.#dialplan[extension];
    const goTo = (priority: number, app: string, appData: string) => {
      channel.place = { context: 'from-phone', exten: extension, priority, app, appData };
    };
    switch (step?.kind) {
      case 'stasis':
        goTo(3, 'Stasis', `${step.app},inbound`);
        if (!this.#life.events.isActive(step.app)) {
          this.runHuman(channel);
          return;
        }
        this.#life.enterStasis(channel, step.app, ['inbound']);
        if (this.#faults.duplicatesStasisStart) this.repeatStasisStart(channel);
        this.#life.hangupAt('stasis-start', channel);
        return;
      case 'echo':
        goTo(2, 'Echo', '');
        this.#life.answer(channel);
        channel.dialplanMedia = (frame) => channel.technology.write(frame);
        return;
      case 'human':
        this.runHuman(channel);
        return;
      case 'silence':
        goTo(2, 'Wait', '3600');
        this.#life.answer(channel);
        return;
      case 'ring':
        goTo(2, 'Wait', '3600');
        channel.technology.ring();
        return;
      case 'brief':
        goTo(2, 'Wait', '1');
        this.#life.answer(channel);
        this.#life.after(1000, () =>
          this.#life.end(channel, { cause: NORMAL_CLEARING, byFarEnd: false }),
        );
        return;
      case 'reject':
        this.#life.end(channel, { cause: step.cause, byFarEnd: false });
        return;
      default:
        // Extension not found: 404.
        this.#life.end(channel, { cause: 1, byFarEnd: false });
    }
  }

  /** Behind `Stasis()`. */
  runHuman(channel: Channel): void {
    channel.place = { context: 'human', exten: 's', priority: 3, app: 'Milliwatt', appData: 'o' };
    this.#life.answer(channel);
    channel.variables.set('PATCHCORD_HUMAN', 'yes');
    channel.stopApplication = playMilliwatt(channel);
  }

  /** Sends a caller's `StasisStart` once more, as no Asterisk should. */
  repeatStasisStart(channel: Channel): void {
    this.#life.publish(channel, 'StasisStart', { args: ['inbound'] });
  }
}

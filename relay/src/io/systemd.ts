/**
 * Tells systemd how the relay is. Node has no datagram socket for Unix addresses, so `systemd-notify` speaks for us
 * (`NotifyAccess=all` in the unit); outside systemd nothing happens.
 *
 * @see sd_notify(3), systemd.service(5) Type=notify, WatchdogSec
 */

import { execFile } from 'node:child_process';

export class Systemd {
  readonly #isPresent: boolean;
  readonly #watchdogMs: number;
  #watchdog: NodeJS.Timeout | undefined;

  constructor(environment: Readonly<Record<string, string | undefined>>) {
    this.#isPresent = environment['NOTIFY_SOCKET'] !== undefined;
    this.#watchdogMs = Number(environment['WATCHDOG_USEC'] ?? 0) / 1000;
  }

  /** Started; from now on the watchdog is fed while `isHealthy` says so. */
  ready(status: string, isHealthy: () => boolean): void {
    this.#notify('--ready', `--status=${status}`);
    if (this.#watchdogMs <= 0) return;
    // Half the time, as sd_watchdog_enabled(3) recommends.
    this.#watchdog = setInterval(() => {
      if (isHealthy()) this.#notify('WATCHDOG=1');
    }, this.#watchdogMs / 2);
  }

  stopping(status: string): void {
    this.#notify('STOPPING=1', `--status=${status}`);
  }

  close(): void {
    clearInterval(this.#watchdog);
  }

  #notify(...message: readonly string[]): void {
    if (!this.#isPresent) return;
    execFile('systemd-notify', message, (error) => {
      if (error !== null) process.stderr.write(`systemd-notify: ${error.message}\n`);
    });
  }
}

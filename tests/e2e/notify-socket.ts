/**
 * The socket a service manager listens on for sd_notify(3). Node has no datagram sockets for Unix addresses; Perl, which no
 * Debian is without, has.
 */

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventLog } from '../relay/event-log.ts';

/** Prints each datagram as one line, its lines joined by tabs. Descriptors that come with one are closed, as sd_notify asks. */
const LISTENER = `
use strict; use IO::Socket::UNIX; use Socket;
$| = 1;
my $socket = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => $ARGV[0]) or die "$ARGV[0]: $!";
print "listening\\n";
while (defined $socket->recv(my $text, 4096)) { $text =~ s/\\n+$//; $text =~ tr/\\n/\\t/; print "$text\\n" }
`;

export class NotifySocket {
  /** `NOTIFY_SOCKET` of the service. */
  readonly path: string;
  /** One entry per assignment, such as `READY=1`, in order of arrival. */
  readonly messages = new EventLog<string>();
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.path = join(folder, 'notify');
    this.#child = spawn('/usr/bin/perl', ['-e', LISTENER, this.path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const kill = (): void => void this.#child.kill('SIGKILL');
    process.once('exit', kill);
    this.#child.once('close', () => process.off('exit', kill));
    let rest = '';
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const assignment of lines.flatMap((line) => line.split('\t'))) {
        this.messages.add(assignment);
      }
    });
  }

  static async start(): Promise<NotifySocket> {
    const socket = new NotifySocket(await mkdtemp(join(tmpdir(), 'patchcord-notify-')));
    await socket.received('listening');
    return socket;
  }

  /** Waits for an assignment. */
  received(assignment: string): Promise<string> {
    return this.messages.until(assignment, (one) => one === assignment);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#child, 'close');
    if (this.#child.kill('SIGKILL')) await closed;
    await rm(this.#folder, { recursive: true, force: true });
  }
}

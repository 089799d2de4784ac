/** What the kernel says of another process. Linux only. */

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Open files of a process. */
export interface OpenFiles {
  /** All descriptors. */
  readonly descriptors: number;
  readonly udpSockets: number;
  readonly tcpSockets: number;
}

/** Resident memory. */
export function rssBytesOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

/** Counts descriptors, and the sockets among them by protocol. */
export function openFilesOf(pid: number): OpenFiles {
  const folder = `/proc/${pid}/fd`;
  const targets = readdirSync(folder).map((name) => {
    try {
      return readlinkSync(`${folder}/${name}`);
    } catch {
      return ''; // Closed since it was listed.
    }
  });
  const count = (protocol: 'tcp' | 'udp'): number => {
    const inodes = inodesOf(pid, protocol);
    return targets.filter((target) => inodes.has(target)).length;
  };
  const descriptors = targets.filter((target) => target !== '').length;
  return { descriptors, udpSockets: count('udp'), tcpSockets: count('tcp') };
}

/** Sockets of a protocol as `/proc/PID/fd` names them, `socket:[12345]`. */
function inodesOf(pid: number, protocol: 'tcp' | 'udp'): Set<string> {
  const lines = [protocol, `${protocol}6`].flatMap((name) =>
    readFileSync(`/proc/${pid}/net/${name}`, 'utf8').trim().split('\n').slice(1),
  );
  return new Set(lines.map((line) => `socket:[${line.trim().split(/\s+/)[9]}]`));
}

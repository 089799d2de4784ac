/** What the doctor says of the folder for calls, the voice of `<Say>`, and calling out. */

import { access, constants } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { splitCommand } from '../core/command-template.ts';
import { describeError } from '../core/error.ts';
import type { Config } from '../config.ts';
import { SAY_FOLDERS } from '../io/audio/say-command.ts';
import type { Finding } from './finding.ts';

export async function examineData({ dataDirectory }: Config): Promise<Finding> {
  const name = 'data directory';
  // What is not there yet will be made in the nearest folder that is.
  for (let folder = dataDirectory; ; folder = dirname(folder)) {
    try {
      await access(folder, constants.W_OK | constants.X_OK);
      const isThere = folder === dataDirectory;
      const detail = isThere ? `${dataDirectory} is writable` : `${dataDirectory} can be made`;
      return { name, isGood: true, detail };
    } catch (error) {
      const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      if (isMissing && dirname(folder) !== folder) continue;
      const fix =
        'set DATA_DIRECTORY to a folder that the relay may write to (with systemd: StateDirectory=patchcord)';
      return { name, isGood: false, detail: describeError(error), fix };
    }
  }
}

export async function examineVoice({ say }: Config): Promise<Finding> {
  const name = 'voice';
  if (say === undefined) {
    return { name, isGood: true, detail: 'none: <Say> is passed over (SAY_COMMAND, SAY_URL)' };
  }
  if (say.kind === 'http') return { name, isGood: true, detail: new URL(say.url).host };
  const [program = ''] = splitCommand(say.template) ?? [];
  const folders = program.includes('/') ? [''] : SAY_FOLDERS;
  for (const folder of folders) {
    const path = join(folder, program);
    try {
      await access(path, constants.X_OK);
      return { name, isGood: true, detail: path };
    } catch {
      // The next folder may have it.
    }
  }
  const fix = `install ${program}, or give its absolute path in SAY_COMMAND`;
  return { name, isGood: false, detail: `${program} is not in ${SAY_FOLDERS.join(', ')}`, fix };
}

export function examineOutbound({ outbound }: Config): Finding {
  const name = 'calling out';
  const { allowList, endpoints, callerIds } = outbound;
  if (allowList.isEmpty) {
    return { name, isGood: true, detail: 'closed: OUTBOUND_ALLOW opens it, also for <Dial>' };
  }
  if (endpoints.external === undefined) {
    return {
      name,
      isGood: false,
      detail: 'OUTBOUND_ALLOW opens numbers, and OUTBOUND_ENDPOINT does not say how to reach them',
      fix: 'set OUTBOUND_ENDPOINT, such as PJSIP/{number}@TRUNK, or Local/{number}@outgoing on MikoPBX',
    };
  }
  const shown = callerIds.length === 0 ? 'any caller ID' : `as ${callerIds.join(', ')}`;
  return { name, isGood: true, detail: `open through ${endpoints.external}, ${shown}` };
}

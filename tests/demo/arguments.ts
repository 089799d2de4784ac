/** The demo's command line. */

import { parseArgs } from 'node:util';

export const USAGE = `pnpm start [-- options]

Starts the edge (wrangler), the relay, stand-ins for Azure Speech, OpenRouter and ElevenLabs, and a PBX;
takes one call, prints what was said and heard, and writes out/demo/{call.wav,timeline.svg,result.json}.

options
  --pbx auto|asterisk|simulated   a real Asterisk, or the built-in simulated one (auto: Asterisk where it can be had)
  --stay                          keep everything running after the call, until Ctrl+C
  --json                          print result.json at the end, and nothing else on standard output
  --help                          print this

Keys in edge/.dev.vars switch a stand-in for the real provider, one by one: AZURE_SPEECH_KEY (and _REGION),
OPENROUTER_API_KEY, ELEVENLABS_API_KEY.
`;

export interface DemoArguments {
  readonly pbx: 'auto' | 'asterisk' | 'simulated';
  readonly isStaying: boolean;
  readonly isJson: boolean;
  readonly isHelp: boolean;
}

/** Throws with a sentence for the person who typed it. */
export function parseDemoArguments(args: readonly string[]): DemoArguments {
  const { values } = parseArgs({
    args: args.filter((arg) => arg !== '--'),
    options: {
      pbx: { type: 'string', default: 'auto' },
      stay: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const { pbx } = values;
  if (pbx !== 'auto' && pbx !== 'asterisk' && pbx !== 'simulated') {
    throw new Error(`--pbx must be auto, asterisk or simulated, got \`${pbx}\``);
  }
  return { pbx, isStaying: values.stay, isJson: values.json, isHelp: values.help };
}

/**
 * `node tests/standins/main.ts`: the three stand-ins as a process of their own, until SIGINT or SIGTERM.
 */
import { parseArgs } from 'node:util';
import { startStandins } from './start.ts';

const HELP = `Provider stand-ins: Azure Speech, OpenRouter and ElevenLabs on 127.0.0.1.

  node tests/standins/main.ts [options]

  --azure-port N        port of Azure Speech (0: a free one)
  --openrouter-port N   port of OpenRouter
  --elevenlabs-port N   port of ElevenLabs
  --json                print the URLs as one line of JSON
  --help                print this

Latencies and faults: POST /standin/faults on each port (tests/standins/control.ts); what was asked:
GET /standin/requests.
`;

function portOf(name: string, value: string): number {
  const port = Number(value);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error(`--${name} must be an integer from 0 to 65535, got \`${value}\``);
  }
  return port;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      'azure-port': { type: 'string', default: '0' },
      'openrouter-port': { type: 'string', default: '0' },
      'elevenlabs-port': { type: 'string', default: '0' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const standins = await startStandins({
    azureSpeech: { port: portOf('azure-port', values['azure-port']) },
    openrouter: { port: portOf('openrouter-port', values['openrouter-port']) },
    elevenlabs: { port: portOf('elevenlabs-port', values['elevenlabs-port']) },
  });
  const { azureSpeechUrl, openrouterUrl, elevenlabsUrl } = standins;
  process.stdout.write(
    values.json
      ? `${JSON.stringify({ azureSpeechUrl, openrouterUrl, elevenlabsUrl })}\n`
      : `AZURE_SPEECH_URL=${azureSpeechUrl}\nOPENROUTER_URL=${openrouterUrl}\nELEVENLABS_URL=${elevenlabsUrl}\n`,
  );
  // With nothing listening and no timer, the process ends by itself.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void standins.close());
  }
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

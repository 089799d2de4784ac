/** Names for the tools of a server that no other tool of the agent has. */

/** OpenAI's protocol allows letters, digits, `_` and `-`, up to 64. */
const NAME_CHARS_MAX = 64;

/** `server_tool`; where that is taken, with the first number after it that is free. `taken` gets the name. */
export function uniqueName(server: string, tool: string, taken: Set<string>): string {
  const full = `${server}_${tool.replaceAll(/[^A-Za-z0-9_-]/gu, '_')}`;
  for (let number = 1; ; number++) {
    const suffix = number === 1 ? '' : `_${number}`;
    const name = `${full.slice(0, NAME_CHARS_MAX - suffix.length)}${suffix}`;
    if (taken.has(name)) continue;
    taken.add(name);
    return name;
  }
}

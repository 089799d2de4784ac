/**
 * Placeholders in what an operator writes: `{{name}}` is a variable of the agent, `{{secret.NAME}}` a secret of the Worker.
 *
 * A placeholder is filled once: what a value holds is not looked at again.
 */

export type Placeholder =
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'secret'; readonly name: string }
  /** Two braces around something else. */
  | { readonly kind: 'malformed'; readonly text: string };

export const VARIABLE_NAME = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;

const PLACEHOLDER = /\{\{([^{}]*)\}\}/gu;
const SECRET = /^secret\.([A-Z][A-Z0-9_]{0,63})$/u;

function placeholderOf(inner: string): Placeholder {
  const text = inner.trim();
  const secret = SECRET.exec(text)?.[1];
  if (secret !== undefined) return { kind: 'secret', name: secret };
  if (VARIABLE_NAME.test(text)) return { kind: 'variable', name: text };
  return { kind: 'malformed', text };
}

/** Every placeholder in the order of the text. */
export function placeholdersIn(text: string): Placeholder[] {
  return [...text.matchAll(PLACEHOLDER)].map(([, inner = '']) => placeholderOf(inner));
}

/** Where the values come from; undefined leaves nothing in the placeholder's place. */
export interface TemplateValues {
  variable(name: string): string | undefined;
  secret(name: string): string | undefined;
}

/** `text` with its placeholders filled. What is malformed stays as it is. */
export function fillTemplate(text: string, values: TemplateValues): string {
  return text.replaceAll(PLACEHOLDER, (whole, inner: string) => {
    const placeholder = placeholderOf(inner);
    if (placeholder.kind === 'malformed') return whole;
    return values[placeholder.kind](placeholder.name) ?? '';
  });
}

/** `text` with `stand-in` in place of every placeholder, to look at the rest. */
export function withoutPlaceholders(text: string, standIn: string): string {
  return text.replaceAll(PLACEHOLDER, standIn);
}

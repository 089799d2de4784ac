import { describe, expect, it } from 'vitest';
import { fillTemplate, placeholdersIn } from './template.ts';

const VALUES = {
  variable: (name: string) => ({ who: 'Siti', sly: '{{who}} {{secret.KEY}} $&' })[name],
  secret: (name: string) => ({ KEY: 'sesame' })[name],
};

describe('a template', () => {
  it.each([
    ['Hello {{who}}, {{ who }}!', 'Hello Siti, Siti!'],
    ['Bearer {{secret.KEY}}', 'Bearer sesame'],
    ['{{nobody}}{{secret.NONE}}.', '.'],
    ['{{a b}} {who} {{}} }}{{', '{{a b}} {who} {{}} }}{{'],
    // What a caller said must not be able to ask for a secret.
    ['{{sly}}', '{{who}} {{secret.KEY}} $&'],
  ])('%s', (template, filled) => {
    expect(fillTemplate(template, VALUES)).toBe(filled);
  });

  it('knows its placeholders', () => {
    expect(placeholdersIn('{{a}} {{secret.B}} {{secret.b}} {{ }}')).toEqual([
      { kind: 'variable', name: 'a' },
      { kind: 'secret', name: 'B' },
      { kind: 'malformed', text: 'secret.b' },
      { kind: 'malformed', text: '' },
    ]);
  });
});

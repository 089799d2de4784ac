/**
 * The part of JSON Schema that describes the arguments of a tool, or what is drawn out of a call.
 *
 * Unknown keywords are refused, so that a slip of the pen (`requird`) is no silent change of meaning; so are references
 * (`$ref`), which not every model follows.
 *
 * @see JSON Schema 2020-12, Validation
 */

import { z } from 'zod';

/** Plenty for what is asked for in a phone call, and a bound for what walks over a schema. */
const DEPTH_MAX = 12;
const PROPERTIES_MAX = 64;
const BRANCHES_MAX = 20;

const TYPES = ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null'] as const;

const count = z.int().min(0).max(1_000_000);

/** Keywords whose value holds no further schema. */
const LEAVES: ReadonlyMap<string, z.ZodType> = new Map<string, z.ZodType>([
  ['$schema', z.string().max(200)],
  ['$comment', z.string().max(2000)],
  ['title', z.string().max(200)],
  ['description', z.string().max(4000)],
  ['type', z.union([z.enum(TYPES), z.array(z.enum(TYPES)).min(1).max(TYPES.length)])],
  ['enum', z.array(z.unknown()).min(1).max(500)],
  ['const', z.unknown()],
  ['default', z.unknown()],
  ['examples', z.array(z.unknown()).max(50)],
  ['required', z.array(z.string().max(64)).max(PROPERTIES_MAX)],
  ['minProperties', count],
  ['maxProperties', count],
  ['minItems', count],
  ['maxItems', count],
  ['uniqueItems', z.boolean()],
  ['minLength', count],
  ['maxLength', count],
  ['pattern', z.string().max(1000).refine(isPattern, 'must be a regular expression')],
  ['format', z.string().max(64)],
  ['minimum', z.number()],
  ['maximum', z.number()],
  ['exclusiveMinimum', z.number()],
  ['exclusiveMaximum', z.number()],
  ['multipleOf', z.number().positive()],
]);

/** Keywords whose value holds further schemas, and how. */
const NESTED: ReadonlyMap<string, 'schema' | 'schema-or-boolean' | 'map' | 'list'> = new Map([
  ['properties', 'map'],
  ['items', 'schema'],
  ['additionalProperties', 'schema-or-boolean'],
  ['anyOf', 'list'],
  ['oneOf', 'list'],
  ['allOf', 'list'],
]);

type Path = readonly (string | number)[];
type Report = (path: Path, issue: z.core.$ZodIssue | string) => void;

/** A schema of an object, checked to its last keyword and kept as it was written. */
export const objectSchema = z
  .record(z.string(), z.unknown())
  .superRefine((value, context) => {
    if (value['type'] !== 'object') {
      context.addIssue({ code: 'custom', path: ['type'], message: 'must be "object"' });
      return;
    }
    checkNode(value, [], 0, (path, issue) => {
      if (typeof issue === 'string') {
        context.addIssue({ code: 'custom', path: [...path], message: issue });
      } else {
        context.issues.push({ ...issue, path: [...path, ...issue.path], input: undefined });
      }
    });
  })
  .meta({ description: 'JSON Schema 2020-12 with `"type": "object"`, without references' });

function checkNode(node: unknown, path: Path, depth: number, report: Report): void {
  if (!isRecord(node)) return report(path, 'must be a JSON Schema: an object');
  if (depth > DEPTH_MAX) return report(path, `must not be nested more than ${DEPTH_MAX} deep`);
  for (const [keyword, value] of Object.entries(node)) {
    const at = [...path, keyword];
    const leaf = LEAVES.get(keyword);
    const nested = NESTED.get(keyword);
    if (leaf !== undefined) {
      for (const issue of leaf.safeParse(value).error?.issues ?? []) report(at, issue);
    } else if (nested === undefined) {
      report(at, 'is not a keyword of JSON Schema that can be used here');
    } else if (nested !== 'schema-or-boolean' || typeof value !== 'boolean') {
      for (const [child, childPath] of childrenOf(nested, value, at, report)) {
        checkNode(child, childPath, depth + 1, report);
      }
    }
  }
  checkRequired(node, path, report);
}

function childrenOf(
  nested: 'schema' | 'schema-or-boolean' | 'map' | 'list',
  value: unknown,
  at: Path,
  report: Report,
): [unknown, Path][] {
  if (nested === 'map') {
    if (!isRecord(value)) report(at, 'must be an object of schemas');
    else if (Object.keys(value).length <= PROPERTIES_MAX) {
      return Object.entries(value).map(([name, child]) => [child, [...at, name]]);
    } else report(at, `must have at most ${PROPERTIES_MAX} properties`);
    return [];
  }
  if (nested === 'list') {
    if (Array.isArray(value) && value.length > 0 && value.length <= BRANCHES_MAX) {
      return value.map((child: unknown, index) => [child, [...at, index]]);
    }
    report(at, `must be a list of 1 to ${BRANCHES_MAX} schemas`);
    return [];
  }
  return [[value, at]];
}

/** A property that must be there but is described nowhere is a name that was misspelt. */
function checkRequired(node: Readonly<Record<string, unknown>>, path: Path, report: Report): void {
  const { required, properties } = node;
  if (!Array.isArray(required)) return;
  const known = isRecord(properties) ? properties : {};
  for (const [index, name] of required.entries()) {
    if (typeof name === 'string' && Object.hasOwn(known, name)) continue;
    report([...path, 'required', index], 'must be the name of one of the properties');
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isPattern(text: string): boolean {
  try {
    return new RegExp(text, 'u') instanceof RegExp;
  } catch {
    return false;
  }
}

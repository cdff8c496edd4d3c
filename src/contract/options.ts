import * as z from 'zod';
import { Problem } from '#contract/problems';

/*
 * Options are text (query, form fields, chains) or JSON values. Schemas are pure zod, so that JSON Schema, OpenAPI and
 * forms can be made from them; text is coerced here to the type that the schema expects.
 */

interface NumberRule {
  min: number;
  max: number;
  /** Whole numbers only. */
  int?: boolean;
  /** Shown in messages and in OpenAPI, such as `px` or `degrees`. */
  unit?: string;
}

/** A number within bounds. */
export function numberOption({ min, max, int = false, unit }: NumberRule): z.ZodNumber {
  const rule = (int ? z.int() : z.number()).min(min).max(max);
  return unit ? rule.meta({ unit }) : rule;
}

/** One of a few words. */
export function enumOption<const T extends readonly [string, ...string[]]>(
  values: T,
): z.ZodEnum<{ [K in T[number]]: K }> {
  return z.enum(values);
}

/** `true`, `false`, `1`, `0`, `yes`, `no`, `on`, `off`. */
export function booleanOption(): z.ZodBoolean {
  return z.boolean();
}

/** A list of texts: repeated, comma-separated or a JSON array. */
export function listOption(rule: { maxItems: number; maxLength: number }): z.ZodArray<z.ZodString> {
  return z.array(z.string().trim().min(1).max(rule.maxLength)).min(1).max(rule.maxItems);
}

/** A colour: `#rgb`, `#rgba`, `#rrggbb`, `#rrggbbaa` (the `#` is optional) or a name; the result has the `#`. */
export function colourOption(): z.ZodPipe<z.ZodString, z.ZodTransform<string, string>> {
  return z
    .string()
    .regex(/^(#?([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})|transparent|white|black)$/i)
    .meta({ allowed: 'a colour: #rgb, #rrggbb, #rrggbbaa, white, black or transparent' })
    .transform((text) => COLOUR_WORDS[text.toLowerCase()] ?? `#${text.toLowerCase().replace('#', '')}`);
}

const COLOUR_WORDS: Record<string, string> = { transparent: '#00000000', white: '#ffffff', black: '#000000' };

/**
 * An option that is repeated as text: `labels=cat&labels=dog`. Each text is split on its own; the entries of an array
 * are values already.
 */
export class Repeated {
  readonly values: readonly unknown[];

  constructor(values: readonly unknown[]) {
    this.values = values;
  }

  toJSON(): readonly unknown[] {
    return this.values;
  }
}

/** The meaning of text, so that `false`, `0` and `off` are false. */
const BOOLEANS: Record<string, boolean> = {
  true: true,
  '1': true,
  yes: true,
  on: true,
  false: false,
  '0': false,
  no: false,
  off: false,
};

/**
 * Checks raw options against a schema.
 * @param raw texts, repeated texts or JSON values by option name
 * @throws Problem `option-unknown` or `option-invalid` with the option, its value and what is allowed
 */
export function parseOptions<S extends z.ZodObject>(schema: S, raw: Record<string, unknown>): z.output<S> {
  const names = Object.keys(schema.shape);
  for (const name of Object.keys(raw)) if (!names.includes(name)) throw unknownOption(name, names);
  const coerced = Object.fromEntries(Object.entries(raw).map(([name, value]) => [name, coerce(schema, name, value)]));
  const result = schema.safeParse(coerced);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const option = issue?.path[0] === undefined ? undefined : String(issue.path[0]);
  if (option === undefined || !(option in schema.shape)) {
    throw new Problem('option-invalid', issue?.message ?? 'The options do not go together.');
  }
  // zod's default message says nothing; a schema's own does.
  const expected =
    issue?.code === 'custom' && issue.message !== 'Invalid input' ? issue.message : allowed(schema, option);
  throw invalidOption(option, raw[option], expected);
}

function unknownOption(name: string, names: string[]): Problem {
  const known = names.length > 0 ? `known here: ${names.join(', ')}` : 'this takes no options';
  return new Problem('option-unknown', `There is no option "${clip(name)}"; ${known}.`, {
    members: { option: clip(name), allowed: names },
  });
}

function invalidOption(option: string, value: unknown, rule: string): Problem {
  const came = value === undefined ? 'is missing' : `is ${described(value)}`;
  return new Problem('option-invalid', `Option "${option}" ${came}; it must be ${rule}.`, {
    members: { option, allowed: rule },
  });
}

/** A value as JSON; `undefined` for a number such as 1e400. */
function described(value: unknown): string {
  if (value === Infinity || value === -Infinity) return 'a number too large to be held';
  return clip(JSON.stringify(value) ?? String(value));
}

/** The beginning of a wrong value, enough to recognise it. */
function clip(text: string): string {
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

/** Computed once for each schema. */
const schemas = new WeakMap<object, Record<string, unknown>>();

/** JSON Schema of one option, without `$schema`. */
export function optionSchema(schema: z.ZodObject, name: string): Record<string, unknown> {
  const field = schema.shape[name];
  if (!field) return {};
  let made = schemas.get(field);
  if (!made) {
    const { $schema: _, ...rest } = z.toJSONSchema(field as z.ZodType, { io: 'input', unrepresentable: 'any' });
    schemas.set(field, rest);
    made = rest;
  }
  return made;
}

/** Converts text to the type that the schema expects; other text is unchanged, and the schema refuses it. */
function coerce(schema: z.ZodObject, name: string, value: unknown): unknown {
  const { type } = optionSchema(schema, name);
  if (value instanceof Repeated)
    return type === 'array' ? value.values.flatMap(list).filter(isNotBlank) : [...value.values];
  if (type === 'array') return Array.isArray(value) ? value.filter(isNotBlank) : list(value);
  if (typeof value !== 'string') return value;
  const text = value.trim();
  if ((type === 'number' || type === 'integer') && NUMBER.test(text)) return Number(text);
  if (type === 'boolean') return BOOLEANS[text.toLowerCase()] ?? value;
  return value;
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** A list as text is comma-separated, or a JSON array, whose entries may contain commas. */
function list(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (value.trimStart().startsWith('[')) {
    try {
      const parsed: unknown = JSON.parse(value);
      if (Array.isArray(parsed)) return parsed;
    } catch {
      // Not JSON: a label may start with a bracket.
    }
  }
  return value.split(',').filter(isNotBlank);
}

function isNotBlank(item: unknown): boolean {
  return typeof item !== 'string' || item.trim() !== '';
}

/** Describes the allowed values of an option, from its JSON Schema. */
export function allowed(schema: z.ZodObject, name: string): string {
  const rule = optionSchema(schema, name) as Rule;
  if (rule.allowed) return rule.allowed;
  if (rule.enum) return `one of ${rule.enum.join(', ')}`;
  if (rule.type === 'boolean') return 'true or false';
  if (rule.type === 'number' || rule.type === 'integer') {
    const kind = rule.type === 'integer' ? 'a whole number' : 'a number';
    return `${kind} from ${rule.minimum} to ${rule.maximum}${rule.unit ? ` ${rule.unit}` : ''}`;
  }
  if (rule.type === 'array') {
    const length = rule.items?.maxLength ? ` of at most ${rule.items.maxLength} characters` : '';
    return `a list of ${rule.minItems ?? 0} to ${rule.maxItems ?? 'any number of'} texts${length}`;
  }
  return rule.maxLength ? `a text of at most ${rule.maxLength} characters` : 'a text';
}

interface Rule {
  type?: string;
  enum?: string[];
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxItems?: number;
  maxLength?: number;
  items?: { maxLength?: number };
  unit?: string;
  allowed?: string;
}

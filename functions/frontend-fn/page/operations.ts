import generated from '#imaging/schema';

/** One option of an operation, as the registry describes it. */
export interface OptionSchema {
  type?: string;
  enum?: string[];
  default?: unknown;
  minimum?: number;
  maximum?: number;
  unit?: string;
  description?: string;
  /** In words, what it may be. */
  allowed: string;
}

export type Options = Record<string, OptionSchema>;

/** One step of a chain, with the options that are not as they would be anyway. */
export interface Step {
  name: string;
  options: Record<string, string>;
  /** A second picture that it needs. */
  file?: File | undefined;
}

/** What a step may be: its summary and its options. */
export type Kinds = Record<string, { summary: string; options: Options }>;

/** Every operation of the registry. */
export const operations: Kinds = generated.operations;

/** Options of the result's encoding, which every operation takes. */
export const output: Options = generated.output;

/** A chain as transform-fn reads it: `rotate:angle=45;resize:width=512,height=512;grayscale`. */
export function chainText(steps: readonly Step[]): string {
  return steps
    .map(({ name, options }) => {
      const written = Object.entries(options).map(([option, value]) => `${option}=${unseparated(value)}`);
      return written.length > 0 ? `${name}:${written.join(',')}` : name;
    })
    .join(';');
}

/** The steps that a text of {@link chainText} means; what is no step of these kinds is left out. */
export function parseChain(text: string, kinds: Kinds): Step[] {
  const steps = text.split(';').map((part) => {
    const [name = '', ...rest] = part.split(':');
    const pairs = rest.join(':').split(',').filter(Boolean);
    const own = pairs.map((pair): [string, string] => {
      const equals = pair.indexOf('=');
      // A bare value is the first option's.
      const first = Object.keys(kinds[name]?.options ?? {})[0] ?? '';
      return equals < 0 ? [first, pair] : [pair.slice(0, equals), pair.slice(equals + 1)];
    });
    return { name, options: Object.fromEntries(own) };
  });
  return steps.filter(({ name }) => Object.hasOwn(kinds, name));
}

/** An address may hold what separates options and steps. */
function unseparated(value: string): string {
  return value.replace(/[,;]/g, (sign) => (sign === ',' ? '%2C' : '%3B'));
}

/** What puts parts of a picture elsewhere, so that before and after do not lie over each other. */
const MOVING = ['rotate', 'flip', 'crop', 'trim', 'pad'];

/** Whether a chain moves parts of the picture; where only its shape tells, the result does. */
export function moves(steps: readonly Step[]): boolean {
  return steps.some(({ name }) => MOVING.includes(name));
}

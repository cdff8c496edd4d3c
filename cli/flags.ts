import { parseArgs } from 'node:util';
import { UsageError } from './usage.ts';

/** One flag: `--name VALUE`, or `--name` alone where there is no value. */
export interface Flag {
  /** What stands for the value in the help; absent for a switch. */
  value?: string;
  short?: string;
  /** May be given several times. */
  multiple?: boolean;
  /** Shown in the help. */
  about: string;
}

export type Flags = Record<string, Flag>;

export class Given {
  private readonly values: Record<string, string | boolean | string[] | undefined>;
  readonly positionals: string[];

  constructor(values: Given['values'], positionals: string[]) {
    this.values = values;
    this.positionals = positionals;
  }

  text(name: string): string | undefined {
    const value = this.values[name];
    return typeof value === 'string' ? value : undefined;
  }

  list(name: string): string[] | undefined {
    const value = this.values[name];
    return Array.isArray(value) ? value : undefined;
  }

  has(name: string): boolean {
    return this.values[name] !== undefined;
  }

  /** @throws UsageError unless it is a whole number within the bounds */
  count(name: string, fallback: number, { min, max }: { min: number; max: number }): number {
    const text = this.text(name);
    if (text === undefined) return fallback;
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new UsageError(`--${name} is "${text}"; it must be a whole number from ${min} to ${max}.`);
  }
}

/** Reads the arguments of one command. @throws UsageError that names the flag */
export function readFlags(args: string[], flags: Flags): Given {
  const options = Object.entries(flags).map(([name, { value, short, multiple }]) => [
    name,
    { type: value === undefined ? 'boolean' : 'string', ...(short && { short }), ...(multiple && { multiple }) },
  ]);
  try {
    const read = parseArgs({ args: joinNegatives(args), options: Object.fromEntries(options), allowPositionals: true });
    return new Given(read.values as Given['values'], read.positionals);
  } catch (error) {
    throw new UsageError(complaint(error as Error & { code?: string }, Object.keys(flags)));
  }
}

/** `--angle -90` → `--angle=-90`: a number with a sign is a value, not a flag. */
function joinNegatives(args: string[]): string[] {
  const joined: string[] = [];
  for (const arg of args) {
    const last = joined.at(-1);
    if (/^-[\d.]/.test(arg) && last?.startsWith('--') && !last.includes('='))
      joined[joined.length - 1] = `${last}=${arg}`;
    else joined.push(arg);
  }
  return joined;
}

function complaint(error: Error & { code?: string }, names: string[]): string {
  const [, flag = ''] = /'(?:-\w, )?(-{1,2}[\w-]*)/.exec(error.message) ?? [];
  if (error.code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
    return `There is no option ${flag} here; there are ${names.map((name) => `--${name}`).join(', ')}.`;
  }
  return `${flag} ${/does not take/.test(error.message) ? 'takes no value' : 'needs a value'}.`;
}

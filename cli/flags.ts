import { UsageError } from './usage.ts';

/** One flag: `--name VALUE`, or a switch `--name`. */
export interface Flag {
  /** The placeholder of its value in the help; missing for a switch. */
  value?: string;
  short?: string;
  /** May be repeated. */
  multiple?: boolean;
  /** Flags that cannot be combined with it. */
  conflicts?: string[];
  /** Shown in the help. */
  about: string;
  /** Its values, for completion in a shell. */
  values?: Values;
  /** Its heading in the help. */
  group?: string;
}

/** The values, or where they come from. */
export type Values = readonly string[] | 'files' | 'folders' | 'label sets' | 'chain' | 'steps';

export type Flags = Record<string, Flag>;

/** Puts flags under one heading of the help. */
export function grouped(group: string, flags: Flags): Flags {
  return Object.fromEntries(Object.entries(flags).map(([name, flag]) => [name, { ...flag, group }]));
}

/** The parsed command line, by the names of the flags. */
export class ParsedArgs {
  private readonly values: Record<string, unknown>;
  readonly positionals: string[];

  constructor(values: Record<string, unknown>, positionals: string[]) {
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

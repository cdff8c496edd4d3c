import { UsageError } from './usage.ts';

/** One flag: `--name VALUE`, or `--name` alone where there is no value. */
export interface Flag {
  /** What stands for the value in the help; absent for a switch. */
  value?: string;
  short?: string;
  /** May be given several times. */
  multiple?: boolean;
  /** Flags that mean something else. */
  conflicts?: string[];
  /** Shown in the help. */
  about: string;
  /** What its value may be, for completion in a shell. */
  values?: Values;
  /** The heading in the help it stands under. */
  group?: string;
}

/** Words, or where words come from. */
export type Values = readonly string[] | 'files' | 'folders' | 'label sets' | 'chain' | 'steps';

export type Flags = Record<string, Flag>;

/** Puts flags under one heading of the help. */
export function grouped(group: string, flags: Flags): Flags {
  return Object.fromEntries(Object.entries(flags).map(([name, flag]) => [name, { ...flag, group }]));
}

/** What a command line gave, by the flags' own names. */
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

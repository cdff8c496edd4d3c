import type { Command } from './command.ts';
import type { Flag, Values } from './flags.ts';
import { type OptionSchema, operations, wordsOf } from './schema.ts';

/* What may come next on a command line, for completion in a shell (completion.ts). */

interface Candidate {
  value: string;
  about?: string;
}

/** Candidates, or the kind of paths that the shell should offer. */
interface Completion {
  /** `open`: no space after a candidate, since more may follow. */
  kind: 'values' | 'open' | 'files' | 'folders';
  candidates: Candidate[];
}

interface Sources {
  commands: Record<string, Command>;
  /** Names of label sets. */
  labelSets(): Promise<readonly string[]>;
}

const NOTHING: Completion = { kind: 'values', candidates: [] };

/** @param words after the program's name; the last, which may be empty, is the one to complete */
export async function complete(words: readonly string[], sources: Sources): Promise<Completion> {
  const current = words.at(-1) ?? '';
  const [name = '', ...before] = words.slice(0, -1);
  if (words.length <= 1) return offered(current, commandNames(sources.commands));
  const command = commandNamed(name, sources.commands);
  if (!command) return NOTHING;
  if (command.passesOn) return before.length === 0 ? valuesFor(command.values ?? [], current, sources) : NOTHING;
  const waiting = flagWaiting(before, command);
  if (waiting) return valuesFor(waiting.values ?? [], current, sources);
  const [, head, text] = /^(--[\w-]+=)(.*)$/s.exec(current) ?? [];
  if (head !== undefined && text !== undefined) {
    const { kind, candidates } = await valuesFor(command.flags[head.slice(2, -1)]?.values ?? [], text, sources);
    return { kind, candidates: candidates.map((one) => ({ ...one, value: `${head}${one.value}` })) };
  }
  if (current.startsWith('-')) return offered(current, flagsLeft(before, command));
  return valuesFor(command.values ?? 'files', current, sources);
}

function offered(current: string, candidates: Candidate[], kind: Completion['kind'] = 'values'): Completion {
  return { kind, candidates: candidates.filter(({ value }) => value.startsWith(current)) };
}

function commandNames(commands: Record<string, Command>): Candidate[] {
  return Object.entries(commands).map(([value, { summary }]) => ({ value, about: summary }));
}

function commandNamed(name: string, commands: Record<string, Command>): Command | undefined {
  if (Object.hasOwn(commands, name)) return commands[name];
  return Object.values(commands).find(({ aliases }) => aliases?.includes(name));
}

/** The flag whose value comes next. */
function flagWaiting(before: readonly string[], { flags }: Command): Flag | undefined {
  const last = before.at(-1) ?? '';
  const found = Object.entries(flags).find(([name, { short }]) => last === `--${name}` || last === `-${short}`);
  return found?.[1].value === undefined ? undefined : found[1];
}

/** Flags that are not on the command line and do not conflict with one that is. */
function flagsLeft(before: readonly string[], { flags }: Command): Candidate[] {
  const isPresent = (name: string) => {
    const short = flags[name]?.short;
    return before.some((word) => word === `--${name}` || word.startsWith(`--${name}=`) || word === `-${short}`);
  };
  const present = Object.keys(flags).filter(isPresent);
  const conflict = (one: string, other: string) => flags[one]?.conflicts?.includes(other) === true;
  const own = Object.entries(flags).filter(
    ([name, { multiple }]) =>
      (multiple || !present.includes(name)) && !present.some((other) => conflict(name, other) || conflict(other, name)),
  );
  const candidates = own.map(([name, { about }]) => ({ value: `--${name}`, about }));
  return [...candidates, { value: '--help', about: 'show the help' }];
}

async function valuesFor(values: Values, current: string, { labelSets }: Sources): Promise<Completion> {
  if (values === 'files' || values === 'folders') return { kind: values, candidates: [] };
  if (values === 'chain') return offered(current, stepCandidates(current, []), 'open');
  if (values === 'steps') return offered(current, stepCandidates(current, ['classify']), 'open');
  const words = values === 'label sets' ? await labelSets() : values;
  return offered(
    current,
    words.map((value) => ({ value })),
  );
}

/** The next part of a chain such as `rotate:90;resize:width=512,fit=co`: a step, an option, or its value. */
function stepCandidates(chain: string, more: readonly string[]): Candidate[] {
  const start = chain.lastIndexOf(';') + 1;
  const [name = '', ...rest] = chain.slice(start).split(':');
  if (rest.length === 0) {
    const known = Object.entries(operations).map(([value, { summary }]) => ({ value, about: summary }));
    return [...known, ...more.map((value) => ({ value }))].map((one) => withHead(chain.slice(0, start), one));
  }
  const options = Object.hasOwn(operations, name) ? (operations[name]?.options ?? {}) : {};
  const text = rest.join(':').split(',').at(-1) ?? '';
  const [option, value] = text.split('=');
  if (value === undefined) {
    const head = chain.slice(0, chain.length - text.length);
    return Object.entries(options).map((entry) => withHead(head, optionCandidate(entry)));
  }
  const head = chain.slice(0, chain.length - value.length);
  const words = option !== undefined && Object.hasOwn(options, option) ? wordsOf(options[option] as OptionSchema) : [];
  return words.map((word) => ({ value: `${head}${word}` }));
}

function optionCandidate([name, { allowed }]: [string, OptionSchema]): Candidate {
  return { value: `${name}=`, about: allowed };
}

function withHead(head: string, { value, about = '' }: Candidate): Candidate {
  return { value: `${head}${value}`, about };
}

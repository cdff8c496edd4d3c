import type { LabelSets } from '#contract/classification';
import { createCaller, gatewayOf } from './caller.ts';
import type { Command } from './command.ts';
import { complete } from './complete.ts';
import { ParsedArgs } from './flags.ts';
import { scripts } from './shells.ts';
import { UsageError } from './usage.ts';

/** The first word of the command line by which a shell asks for completion; the words typed so far follow. */
export const ASK = '__complete';

/** Offered where no gateway answers; every clip-fn has these. */
export const BUILT_IN_SETS = ['cats-dogs', 'cifar10', 'cifar100', 'everyday', 'imagenet1k'];

/** Seconds that somebody who pressed Tab waits for a gateway. */
const PATIENCE = 1;

export const completion: Command = {
  summary: 'Print the completion script for a shell',
  usage: Object.keys(scripts).join(' | '),
  values: Object.keys(scripts),
  flags: {},
  notes: `bash: eval "$(obscura completion bash)"                  in ~/.bashrc
zsh:  eval "$(obscura completion zsh)"                   in ~/.zshrc, after compinit
fish: obscura completion fish | source                   in ~/.config/fish/config.fish`,
  run: async ({ given, stdout }) => {
    const [shell = '', ...more] = given.positionals;
    const script = Object.hasOwn(scripts, shell) ? scripts[shell] : undefined;
    if (!script || more.length > 0) throw new UsageError(`Name a shell: ${Object.keys(scripts).join(', ')}.`);
    await stdout(script);
    return 0;
  },
};

/**
 * What may follow, as the scripts read it: the kind, then one candidate a line, with a tab and its description.
 * @param words the last is the one to complete
 */
export async function completionOf(words: string[], commands: Record<string, Command>): Promise<string> {
  const { kind, candidates } = await complete(words, { commands, labelSets: () => labelSetsOf(words) });
  const lines = candidates.map(({ value, about }) => `${value}${about ? `\t${about.replaceAll(/\s+/g, ' ')}` : ''}`);
  return `${[kind, ...lines].join('\n')}\n`;
}

/** Those of the gateway that the command line names, or the built-in ones if none answers. */
async function labelSetsOf(words: readonly string[]): Promise<readonly string[]> {
  const named = ['gateway', 'host', 'port'].map((name) => [name, words[words.indexOf(`--${name}`) + 1]]);
  const given = new ParsedArgs(Object.fromEntries(named.filter(([name]) => words.includes(`--${name}`))), []);
  try {
    const caller = createCaller(gatewayOf(given), 1, PATIENCE, new AbortController().signal);
    const { body } = await caller.call('clip-fn', { path: '/labelsets', accept: 'application/json' });
    return (JSON.parse(body.toString('utf8')) as LabelSets).labelsets.map(({ name }) => name);
  } catch {
    return BUILT_IN_SETS;
  }
}

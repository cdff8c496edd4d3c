import type { LabelSets } from '#contract/classification';
import { createCaller, gatewayOf } from './caller.ts';
import type { Command } from './command.ts';
import { complete } from './complete.ts';
import { ParsedArgs } from './flags.ts';
import { scripts } from './shells.ts';
import { UsageError } from './usage.ts';

/** The command by which a shell asks for completion; the words typed so far follow. */
export const COMPLETE = '__complete';

/** Offered if no gateway answers; every clip-fn has these. */
export const BUILT_IN_SETS = ['cats-dogs', 'cifar10', 'cifar100', 'everyday', 'imagenet1k'];

/** Seconds to wait for a gateway. */
const TIMEOUT = 1;

export const completion: Command = {
  summary: 'Print the completion script for a shell',
  usage: Object.keys(scripts).join(' | '),
  values: Object.keys(scripts),
  flags: {},
  notes: `bash: eval "$(obscura completion bash)"                  in ~/.bashrc
zsh:  eval "$(obscura completion zsh)"                   in ~/.zshrc, after compinit
fish: obscura completion fish | source                   in ~/.config/fish/config.fish`,
  run: async ({ args, stdout }) => {
    const [shell = '', ...more] = args.positionals;
    const script = Object.hasOwn(scripts, shell) ? scripts[shell] : undefined;
    if (!script || more.length > 0) throw new UsageError(`Name a shell: ${Object.keys(scripts).join(', ')}.`);
    await stdout(script);
    return 0;
  },
};

/**
 * The completions in the format of the scripts: the kind, then one candidate on each line, a tab and its description.
 * @param words the last is the one to complete
 */
export async function completionOf(words: string[], commands: Record<string, Command>): Promise<string> {
  const { kind, candidates } = await complete(words, { commands, labelSets: () => labelSetsOf(words) });
  const lines = candidates.map(({ value, about }) => `${value}${about ? `\t${about.replaceAll(/\s+/g, ' ')}` : ''}`);
  return `${[kind, ...lines].join('\n')}\n`;
}

/** The label sets of the command line's gateway, or the built-in ones if it does not answer. */
async function labelSetsOf(words: readonly string[]): Promise<readonly string[]> {
  const named = ['gateway', 'host', 'port'].map((name) => [name, words[words.indexOf(`--${name}`) + 1]]);
  const args = new ParsedArgs(Object.fromEntries(named.filter(([name]) => words.includes(`--${name}`))), []);
  try {
    const caller = createCaller(gatewayOf(args), 1, TIMEOUT, new AbortController().signal);
    const { body } = await caller.call('clip-fn', { path: '/labelsets', accept: 'application/json' });
    return (JSON.parse(body.toString('utf8')) as LabelSets).labelsets.map(({ name }) => name);
  } catch {
    return BUILT_IN_SETS;
  }
}

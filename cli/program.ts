import { Option, Command as Program } from 'commander';
import type { Command } from './command.ts';
import { type Flag, ParsedArgs } from './flags.ts';

/** Runs a command. @returns the exit status */
type Run = (command: Command, args: ParsedArgs) => Promise<number>;

const WIDTH = 100;

/**
 * The command line, parsed by commander, which throws CommanderError after it has printed help (`exitCode` 0) or an
 * error.
 * @param done called with the exit status of the command
 */
export function createProgram(
  commands: Record<string, Command>,
  { version, run, done }: { version: string; run: Run; done: (status: number) => void },
): Program {
  const program = new Program('obscura')
    .description('Labels and edits pictures through an Obscura gateway.')
    .usage('COMMAND [options] PICTURE…')
    .version(version, '--version', 'show the version')
    .helpOption('-h, --help', 'show this; obscura COMMAND --help lists its options')
    .addHelpText('after', EXITS)
    .enablePositionalOptions()
    .exitOverride();
  formatHelp(program);
  for (const [name, command] of Object.entries(commands)) {
    program.addCommand(subcommand(name, command, async (args) => done(await run(command, args))));
  }
  return program;
}

const EXITS = `
A PICTURE is a file, a folder with its subfolders, a pattern ("photos/*.jpg"), a URL, or - for stdin.
Exit status: 0 all done, 1 something failed (stderr names it), 2 the command line is wrong, 130 interrupted.`;

/** Format of help and errors. */
function formatHelp(program: Program): void {
  program
    .helpCommand(false)
    .showHelpAfterError(`(${program.name() === 'obscura' ? '' : 'obscura '}${program.name()} --help shows more)`)
    .configureHelp({ helpWidth: WIDTH, subcommandTerm: (command) => command.name() })
    .configureOutput({ getOutHelpWidth: () => WIDTH, getErrHelpWidth: () => WIDTH });
}

function subcommand(name: string, command: Command, run: (args: ParsedArgs) => Promise<void>): Program {
  const { summary, usage, flags, notes, aliases = [], passesOn } = command;
  const program = new Program(name).description(`${summary}.`).summary(summary).aliases(aliases).exitOverride();
  program.usage(`[options] ${usage}`.trimEnd()).helpOption('-h, --help', 'show this');
  formatHelp(program);
  if (notes) program.addHelpText('after', `\n${notes}`);
  if (passesOn) program.passThroughOptions().allowUnknownOption().helpOption(false);
  const options = Object.entries(flags).map(([flag, about]) => ({ flag, option: optionOf(flag, about) }));
  for (const { option } of options) program.addOption(option);
  return program
    .argument('[words...]')
    .configureHelp({ visibleArguments: () => [] })
    .action((words: string[]) => {
      const read = program.opts();
      const values = options.map(({ flag, option }) => [flag, read[option.attributeName()]]);
      return run(new ParsedArgs(Object.fromEntries(values), words));
    });
}

/** `labels-file` → `labelsFile`, commander's name for it. */
function attributeOf(name: string): string {
  return name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function optionOf(name: string, { value, short, multiple, conflicts, about, group }: Flag): Option {
  const head = `${short ? `-${short}, ` : ''}--${name}${value === undefined ? '' : ` <${value}>`}`;
  const option = new Option(head, about);
  if (conflicts) option.conflicts(conflicts.map(attributeOf));
  if (group) option.helpGroup(`${group}:`);
  return multiple ? option.argParser((item: string, before: string[] = []) => [...before, item]) : option;
}

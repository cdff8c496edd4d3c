import type { Command } from './commands.ts';

const WIDTH = 100;
const NAME = 26;

/** What `obscura --help` says. */
export function overview(commands: Record<string, Command>): string {
  const rows = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(13)}${summary}`);
  return `Tells what is in pictures and transforms them, through an Obscura gateway.

usage: obscura COMMAND [options] PICTURE…

${rows.join('\n')}

obscura COMMAND --help tells a command's options. A PICTURE is a file, a folder, an http address, or - for stdin.
Exit status: 0 all done, 1 something failed (stderr names it), 2 the command line is wrong, 130 interrupted.
`;
}

/** What `obscura COMMAND --help` says. */
export function helpOf(name: string, { summary, usage, flags, notes }: Command): string {
  const rows = Object.entries(flags).flatMap(([flag, { value, short, about }]) => {
    const head = `  ${short ? `-${short}, ` : ''}--${flag}${value ? ` ${value}` : ''}`;
    const lines = wrap(about, WIDTH - NAME);
    const fits = head.length < NAME - 1;
    const first = fits ? `${head.padEnd(NAME)}${lines.shift()}` : head;
    return [first, ...lines.map((line) => ' '.repeat(NAME) + line)];
  });
  const more = notes ? `\n${notes}\n` : '';
  const head = `${summary}.\n\nusage: obscura ${name} [options] ${usage}`.trimEnd();
  return `${head}\n\n${rows.join('\n')}\n${more}`;
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

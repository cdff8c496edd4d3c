import type { Command } from './command.ts';
import { batchFlags, eachPicture, gatewayFlags, printable } from './common.ts';
import { findInputs, type Input, readInput } from './inputs.ts';
import { UsageError } from './usage.ts';

const { json: _, ...flags } = batchFlags;

/**
 * Pictures by words: each is embedded by clip-fn, and compared with the words here, so that any number may be searched.
 */
export const search: Command = {
  summary: 'Find pictures by words',
  usage: 'WORDS PICTURE…|FOLDER…',
  flags: {
    top: { value: 'N', about: 'how many pictures to show (10)' },
    prompt: { value: 'TEXT', multiple: true, about: 'photo, ensemble, none, or a text with {} for the words (none)' },
    ...flags,
    ...gatewayFlags,
  },
  run: async (work) => {
    const { given, caller } = work;
    const [words, ...names] = given.positionals;
    if (words === undefined) throw new UsageError('Say what to look for, then where: obscura search "a dog" photos/');
    const top = given.count('top', 10, { min: 1, max: 10_000 });
    const ask = async (options: Record<string, string | string[] | undefined>, picture?: Buffer) => {
      const sent = { do: 'embed', ...options };
      const { body } = await caller.call('clip-fn', { options: sent, picture, accept: 'application/json' });
      return JSON.parse(body.toString('utf8')) as { image?: number[]; texts?: number[][]; hint?: string };
    };
    const inputs = await findInputs(names);
    const { texts, hint } = await ask({ text: [words], prompt: given.list('prompt') });
    const wanted = texts?.[0] ?? [];
    if (hint && !given.has('quiet')) work.stderr(`${printable(hint)}\n`);
    const found: { name: string; cosine: number }[] = [];
    const status = await eachPicture(work, inputs, async (input: Input) => {
      const picture = await readInput(input);
      const { image = [] } = await ask({ url: picture ? undefined : input.name }, picture);
      found.push({ name: input.name, cosine: image.reduce((sum, value, i) => sum + value * (wanted[i] ?? 0), 0) });
      return { text: '', json: {} };
    });
    found.sort((a, b) => b.cosine - a.cosine || (a.name < b.name ? -1 : 1));
    const lines = found.slice(0, top).map(({ name, cosine }) => `${cosine.toFixed(3)}  ${printable(name)}\n`);
    await work.stdout(lines.join(''));
    return status;
  },
};

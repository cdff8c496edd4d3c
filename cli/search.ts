import { printable } from '#kit/printable';
import { csv } from '#report/csv';
import type { Command } from './command.ts';
import { batchFlags, eachPicture, gatewayFlags, promptFlag } from './common.ts';
import { findInputs, type Input, readInput } from './inputs.ts';
import { Ranker } from './ranker.ts';
import { UsageError } from './usage.ts';

/** Enough to fill batches. */
const JOBS = 16;

interface Found {
  picture: string;
  cosine: number;
}

export const search: Command = {
  summary: 'Find pictures by words',
  usage: 'WORDS PICTURE…|FOLDER…',
  flags: {
    top: { value: 'N', about: 'how many pictures to show (10)' },
    prompt: promptFlag('the words (none)'),
    csv: { conflicts: ['json'], about: 'a table: rank, picture, cosine' },
    ...batchFlags,
    jobs: { ...batchFlags.jobs, about: `pictures processed at once (${JOBS})` },
    ...gatewayFlags,
  },
  notes: 'Words in quotes: obscura search "a dog on a beach" photos/. The most similar pictures come first.',
  run: async (work) => {
    const { args, caller } = work;
    const [words, ...names] = args.positionals;
    if (words === undefined) throw new UsageError('Name what to find, then where: obscura search "a dog" photos/');
    const top = args.count('top', 10, { min: 1, max: 100_000 });
    const inputs = await findInputs(names, work.stderr);
    const ranker = new Ranker(caller, { text: words, prompt: args.list('prompt') });
    const found: Found[] = [];
    const one = async (input: Input) => {
      const picture = await readInput(input);
      const cosine = await (picture ? ranker.rank(picture) : ranker.rankUrl(input.name));
      found.push({ picture: input.name, cosine });
      return { text: '' };
    };
    const status = await eachPicture(work, inputs, one, JOBS);
    if (ranker.hint && !args.has('quiet')) work.stderr(`${printable(ranker.hint)}\n`);
    found.sort((a, b) => b.cosine - a.cosine || (a.picture < b.picture ? -1 : 1));
    await work.stdout(tableOf(found.slice(0, top), args.has('json') ? 'json' : args.has('csv') ? 'csv' : 'text'));
    return status;
  },
};

function tableOf(found: Found[], format: 'json' | 'csv' | 'text'): string {
  const ranked = found.map(({ picture, cosine }, index) => ({ rank: index + 1, picture, cosine }));
  if (format === 'json') return ranked.map((row) => `${JSON.stringify(row)}\n`).join('');
  if (format === 'csv') return csv([['rank', 'picture', 'cosine'], ...ranked.map((row) => Object.values(row))]);
  return ranked.map(({ picture, cosine }) => `${cosine.toFixed(3)}  ${printable(picture)}\n`).join('');
}

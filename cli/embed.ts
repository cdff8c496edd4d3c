import type { EmbedAnswer } from '#contract/clip-answers';
import { printable } from '#kit/printable';
import type { Command } from './command.ts';
import { batchFlags, eachPicture, gatewayFlags, type Output, promptFlag } from './common.ts';
import { findInputs, type Input, readInput } from './inputs.ts';

export const embed: Command = {
  summary: 'Print embeddings of pictures or texts as JSON',
  usage: 'PICTURE… | --text TEXT',
  flags: {
    text: { value: 'TEXT', multiple: true, about: 'texts in place of pictures' },
    prompt: promptFlag('the text'),
    ...batchFlags,
    ...gatewayFlags,
  },
  run: async (work) => {
    const { args, caller } = work;
    const embedWith = async (options: Record<string, string | string[] | undefined>, picture?: Buffer) => {
      const { body } = await caller.call('clip-fn', { path: '/embed', options, picture, accept: 'application/json' });
      return JSON.parse(body.toString('utf8')) as EmbedAnswer;
    };
    const texts = args.list('text');
    if (texts) {
      const answer = await embedWith({ text: texts, prompt: args.list('prompt') });
      if (answer.hint && !args.has('quiet')) work.stderr(`${printable(answer.hint)}\n`);
      const lines = texts.map((text, i) => JSON.stringify({ text, model: answer.model, embedding: answer.texts?.[i] }));
      await work.stdout(`${lines.join('\n')}\n`);
    }
    if (texts && args.positionals.length === 0) return 0;
    const one = async (input: Input): Promise<Output> => {
      const picture = await readInput(input);
      const { model, image } = await embedWith({ url: picture ? undefined : input.name }, picture);
      const json = { model, embedding: image };
      return { json, text: `${JSON.stringify({ picture: input.name, ...json })}\n` };
    };
    return eachPicture(work, await findInputs(args.positionals, work.stderr), one);
  },
};

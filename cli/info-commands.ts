import { spawn } from 'node:child_process';
import type { LabelSets, ModelInUse } from '#contract/classification';
import { Problem } from '#contract/problems';
import { printable } from '#kit/printable';
import type { CallRequest } from './caller.ts';
import type { Command, Work } from './command.ts';
import { gatewayFlags } from './common.ts';
import { describeModel } from './describe-model.ts';
import { operations } from './schema.ts';

const flags = { json: { about: 'as JSON' }, ...gatewayFlags };

async function getFromClip<T>({ caller }: Work, what: 'model' | 'labelsets'): Promise<T> {
  const { body } = await caller.call('clip-fn', { path: `/${what}`, accept: 'application/json' });
  return JSON.parse(body.toString('utf8')) as T;
}

export const model: Command = {
  summary: 'Show the model that the gateway uses',
  usage: '',
  values: [],
  flags: {
    card: { about: 'its model card, as Markdown' },
    json: { conflicts: ['card'], about: 'as JSON' },
    ...gatewayFlags,
  },
  run: async (work) => {
    const facts = await getFromClip<ModelInUse>(work, 'model');
    if (work.args.has('json')) await work.stdout(`${JSON.stringify(facts)}\n`);
    else if (!work.args.has('card')) await work.stdout(describeModel(facts));
    else if (facts.card) await work.stdout(`${facts.card.split('\n').map(printable).join('\n').trimEnd()}\n`);
    else throw new Problem('not-found', `${facts.id} has no model card.`);
    return 0;
  },
};

export const labelSets: Command = {
  summary: 'List the sets of labels',
  usage: '',
  values: [],
  aliases: ['labelsets'],
  flags,
  run: async (work) => {
    const answer = await getFromClip<LabelSets>(work, 'labelsets');
    const rows = answer.labelsets.map(({ name, count }) => {
      const standard = name === answer.default ? '  (the default)' : '';
      return `${printable(name).padEnd(16)}${String(count).padStart(6)} labels${standard}`;
    });
    await work.stdout(work.args.has('json') ? `${JSON.stringify(answer)}\n` : `${rows.join('\n')}\n`);
    return 0;
  },
};

/** A gray square of 8 × 8 pixels, which the doctor sends to every function. */
const SQUARE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAACXBIWXMAAAPo' +
    'AAAD6AG1e1JrAAAAD0lEQVQImWNowAEYhpYEAILzYAEeEbvlAAAAAElFTkSuQmCC',
  'base64',
);

/** The request for each function. */
const CHECKS: Record<string, CallRequest> = {
  'clip-fn': { options: { labels: 'cat,dog' }, picture: SQUARE, accept: 'application/json' },
  ...Object.fromEntries(Object.values(operations).map((one) => [one.function, { picture: SQUARE, accept: 'image/*' }])),
  'resize-fn': { options: { width: 4 }, picture: SQUARE, accept: 'image/*' },
  'transform-fn': { options: { chain: 'grayscale' }, picture: SQUARE, accept: 'image/*' },
  'pipeline-fn': { options: { steps: 'grayscale' }, picture: SQUARE, accept: 'application/json' },
};

export const doctor: Command = {
  summary: 'Check every function with a small picture',
  usage: '',
  values: [],
  flags: gatewayFlags,
  run: async (work) => {
    const { caller, signal } = work;
    await work.stdout(`gateway       ${caller.address}\n`);
    let failed = 0;
    for (const [name, request] of Object.entries(CHECKS)) {
      if (signal.aborted) break;
      const began = performance.now();
      const failure = await caller.call(name, request).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (failure !== undefined && !(failure instanceof Problem)) throw failure;
      if (failure) failed++;
      const verdict = failure
        ? `FAILED  ${printable(failure.message)}`
        : `ok, ${Math.round(performance.now() - began)} ms`;
      await work.stdout(`${name.padEnd(12)}  ${verdict}\n`);
    }
    return failed > 0 ? 1 : 0;
  },
};

export const open: Command = {
  summary: 'Open the web page',
  usage: '',
  values: [],
  flags: { print: { about: 'print its address only' }, ...gatewayFlags },
  run: async (work) => {
    const url = `${work.caller.address}/function/frontend-fn/`;
    await work.stdout(`${url}\n`);
    if (!work.args.has('print')) launch(url);
    return 0;
  },
};

/** Opens an address in the default browser. Without a desktop nothing happens; the address has been printed. */
function launch(url: string): void {
  const program = { darwin: 'open', win32: 'explorer' }[process.platform as string] ?? 'xdg-open';
  const child = spawn(program, [url], { stdio: 'ignore', detached: true });
  child.on('error', () => {});
  child.unref();
}

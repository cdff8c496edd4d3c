import { spawn } from 'node:child_process';
import { Problem } from '#platform/problems';
import { gatewayUrl } from '#platform/siblings';
import type { Command, Work } from './commands.ts';
import { gatewayFlags, printable } from './common.ts';

/* Commands that look at what there is. */

const flags = { json: { about: 'as JSON' }, ...gatewayFlags };

async function fromClip<T>({ caller }: Work, what: 'model' | 'labelsets'): Promise<T> {
  const { body } = await caller.call('clip-fn', { options: { do: what }, accept: 'application/json' });
  return JSON.parse(body.toString('utf8')) as T;
}

export const model: Command = {
  summary: 'Show the model in use',
  usage: '',
  flags,
  run: async (work) => {
    const facts = await fromClip<Record<string, unknown>>(work, 'model');
    const rows = Object.entries(facts).map(([name, value]) => {
      const text = typeof value === 'string' ? value : JSON.stringify(value);
      return `${name.padEnd(16)}  ${printable(text)}`;
    });
    await work.stdout(work.given.has('json') ? `${JSON.stringify(facts)}\n` : `${rows.join('\n')}\n`);
    return 0;
  },
};

export const labelsets: Command = {
  summary: 'List the sets of labels',
  usage: '',
  flags,
  run: async (work) => {
    const answer = await fromClip<{ default: string; labelsets: { name: string; count: number }[] }>(work, 'labelsets');
    const rows = answer.labelsets.map(({ name, count }) => {
      const standard = name === answer.default ? '  (the default)' : '';
      return `${printable(name).padEnd(16)}${String(count).padStart(6)} labels${standard}`;
    });
    await work.stdout(work.given.has('json') ? `${JSON.stringify(answer)}\n` : `${rows.join('\n')}\n`);
    return 0;
  },
};

/** What each check asks of the gateway. */
const CHECKS = ['clip-fn', 'rotate-fn', 'resize-fn', 'grayscale-fn', 'transform-fn'];

export const doctor: Command = {
  summary: 'Check the gateway and its functions',
  usage: '',
  flags: gatewayFlags,
  run: async (work) => {
    await work.stdout(`gateway       ${gatewayUrl()}\n`);
    let failed = 0;
    for (const name of CHECKS) {
      const began = performance.now();
      const trouble = await work.caller.call(name, { path: '/openapi.json' }).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (trouble !== undefined && !(trouble instanceof Problem)) throw trouble;
      if (trouble) failed++;
      const verdict = trouble
        ? `FAILED  ${printable(trouble.message)}`
        : `ok, ${Math.round(performance.now() - began)} ms`;
      await work.stdout(`${name.padEnd(12)}  ${verdict}\n`);
    }
    return failed > 0 ? 1 : 0;
  },
};

export const open: Command = {
  summary: 'Open the web page',
  usage: '',
  flags: { print: { about: 'only print its address' }, ...gatewayFlags },
  run: async (work) => {
    const url = `${gatewayUrl()}/function/frontend-fn/`;
    await work.stdout(`${url}\n`);
    if (!work.given.has('print')) launch(url);
    return 0;
  },
};

/** The platform's own way to open an address. Without a desktop there is none: the address is printed anyway. */
function launch(url: string): void {
  const program = { darwin: 'open', win32: 'explorer' }[process.platform as string] ?? 'xdg-open';
  const child = spawn(program, [url], { stdio: 'ignore', detached: true });
  child.on('error', () => {});
  child.unref();
}

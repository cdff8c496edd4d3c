import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

vi.setConfig({ testTimeout: 180_000 });

/* A checkout with two functions, built again and again while its system runs. */

const root = fileURLToPath(new URL('..', import.meta.url));
const checkout = mkdtempSync(path.join(tmpdir(), 'obscura-checkout-'));
const at = (...parts: string[]): string => path.join(checkout, ...parts);
const gateways: ChildProcess[] = [];

beforeAll(() => {
  const scripts = ['build.mjs', 'dist.mjs', 'simd.mjs', 'sources.mjs'];
  for (const name of scripts) cpSync(path.join(root, 'scripts', name), at('scripts', name));
  const filter = (file: string): boolean => !/node_modules|\.test\.ts$/.test(file);
  cpSync(path.join(root, 'template/node-ts'), at('template/node-ts'), { recursive: true, filter });
  for (const name of ['gateway', 'node_modules']) symlinkSync(path.join(root, name), at(name));
  writeFileSync(at('package.json'), '{"type":"module"}');
  const names = ['warm-fn', 'cold-fn'];
  const entries = names.map((name) => `  ${name}:\n    lang: node-ts\n    handler: ./functions/${name}\n`);
  writeFileSync(at('stack.yml'), `version: 1.0\nprovider:\n  name: openfaas\nfunctions:\n${entries.join('')}`);
});

afterAll(() => {
  for (const gateway of gateways) gateway.kill('SIGKILL');
  rmSync(checkout, { recursive: true, force: true });
});

/** Writes both functions. They answer with what their bundle, a file loaded on demand and their worker say. */
function write(version: string): void {
  for (const folder of ['warm-fn', 'cold-fn'].map((name) => at('functions', name))) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, 'late.ts'), `export const late = '${version}';`);
    writeFileSync(
      path.join(folder, 'worker.ts'),
      `import { parentPort } from 'node:worker_threads';
parentPort?.postMessage('${version}');`,
    );
    writeFileSync(
      path.join(folder, 'handler.ts'),
      `import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
export default async (event: any, context: any) => {
  if (event.query.all === undefined) return context.succeed('${version}');
  const { late } = await import('./late.ts');
  const [worker] = await once(new Worker(new URL('./worker.js', import.meta.url)), 'message');
  return context.succeed(['${version}', late, worker].join(' '));
};`,
    );
  }
}

const build = (...names: string[]) =>
  promisify(execFile)(process.execPath, [at('scripts/build.mjs'), '--quiet', ...names], { cwd: checkout });

/** @returns calls a function, and stops the gateway */
async function start(): Promise<{ call: (target: string) => Promise<string>; stop: () => Promise<unknown> }> {
  const args = ['dist/gateway/index.js', '--port', '0', '--metrics-port', '0', '--log', 'json'];
  const gateway = spawn(process.execPath, args, { cwd: checkout, stdio: ['ignore', 'pipe', 'inherit'] });
  gateways.push(gateway);
  const exited = once(gateway, 'exit');
  const url = await new Promise<string>((resolve, reject) => {
    let text = '';
    gateway.stdout.on('data', (chunk) => {
      text += chunk;
      const [found] = /http:\/\/127\.0\.0\.1:\d+/.exec(text) ?? [];
      if (found) resolve(found);
    });
    void exited.then(() => reject(new Error(text)));
  });
  return {
    call: async (target) => {
      const response = await fetch(`${url}/function/${target}`);
      return `${response.status} ${(await response.text()).trim()}`;
    },
    stop: () => {
      gateway.kill('SIGINT');
      return exited;
    },
  };
}

const builds = (): string[] => readdirSync(checkout).filter((name) => name.startsWith('.dist-'));
const age = (name: string): void => utimesSync(at(name), 0, 0);

test('a running system keeps the build it started with; the next one gets the new build', async () => {
  write('first');
  await build();
  const [first = ''] = builds();
  const running = await start();
  expect(await running.call('warm-fn')).toBe('200 first');

  write('second');
  const building = build();
  expect(await running.call('warm-fn')).toBe('200 first');
  await building;
  const [second = ''] = builds().filter((name) => name !== first);
  expect(realpathSync(at('dist'))).toBe(realpathSync(at(second)));
  expect(await running.call('warm-fn?all')).toBe('200 first first first');
  expect(await running.call('cold-fn?all')).toBe('200 first first first');

  const next = await start();
  expect(await next.call('cold-fn?all')).toBe('200 second second second');

  // What is old is removed once nothing runs from it.
  age(first);
  write('third');
  await build('warm-fn');
  expect(builds()).toContain(first);
  await running.stop();
  age(first);
  await next.stop();
  write('fourth');
  await build('warm-fn');
  expect(builds()).not.toContain(first);

  // A build of one function leaves the others as they were.
  const last = await start();
  expect(await last.call('warm-fn?all')).toBe('200 fourth fourth fourth');
  expect(await last.call('cold-fn?all')).toBe('200 second second second');
  await last.stop();
});

test('a build that fails, and one that changes nothing, leave dist as it is', async () => {
  write('fifth');
  await build();
  const before = builds();
  const current = realpathSync(at('dist'));
  await build();
  writeFileSync(at('functions/warm-fn/handler.ts'), "import 'a-package-that-nobody-has';");
  await expect(build()).rejects.toThrow('a-package-that-nobody-has');
  expect(realpathSync(at('dist'))).toBe(current);
  expect(builds()).toEqual(before);
});

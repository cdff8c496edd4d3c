// The embedded gateway as `npm start` runs it, with the functions of its tests, for the benches of this folder.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The functions of the gateway's tests. */
export const FUNCTIONS = path.join(root, 'gateway/fixtures');

/** What a result needs to be read later. */
export function machine() {
  return { cpu: cpus()[0]?.model, cores: availableParallelism(), node: process.version, load: loadavg() };
}

/**
 * @param functions those of a stack file
 * @returns its address, that of its metrics, its process id, what it logged, and how to stop it
 */
export async function startGateway(functions, { args = [], env = {} } = {}) {
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-gateway-'));
  writeFileSync(path.join(folder, 'stack.yml'), JSON.stringify({ provider: { name: 'openfaas' }, functions }));
  const child = spawn(
    process.execPath,
    [path.join(root, 'dist/gateway/index.js'), '--port', '0', '--metrics-port', '0', '--log', 'json', ...args],
    {
      cwd: folder,
      env: { ...process.env, GATEWAY_BUNDLES: FUNCTIONS, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const log = [];
  let rest = '';
  const running = new Promise((resolve, reject) => {
    child.once('exit', () => reject(new Error('the gateway did not start: npm run build first')));
    child.stdout.on('data', (chunk) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines.map((text) => JSON.parse(text))) {
        log.push(line);
        const [, url] = /running at (\S+)/.exec(line.msg) ?? [];
        if (url) resolve(url);
      }
    });
  });
  const url = await running;
  const password = readFileSync(path.join(folder, '.obscura/basic-auth-password'), 'utf8').trim();
  const authorization = `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;
  const stop = async () => {
    child.kill('SIGINT');
    if (child.exitCode === null) await once(child, 'exit');
    rmSync(folder, { recursive: true });
  };
  return { url, pid: child.pid, log, authorization, stop };
}

// The embedded gateway as `npm start` runs it, with the functions of its tests, for the benches of this folder.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { ROOT, startGateway as startSystem } from '../../scripts/system/start.mjs';

/** The functions of the gateway's tests. */
export const FUNCTIONS = path.join(ROOT, 'gateway/fixtures');

/** What a result needs to be read later. */
export function machine() {
  return { cpu: cpus()[0]?.model, cores: availableParallelism(), node: process.version, load: loadavg() };
}

/**
 * @param functions those of a stack file
 * @returns its address, that of its metrics, its process id, and how to stop it
 */
export async function startGateway(functions, { args = [], env = {} } = {}) {
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-gateway-'));
  writeFileSync(path.join(folder, 'stack.yml'), JSON.stringify({ provider: { name: 'openfaas' }, functions }));
  const {
    url,
    pid,
    stop: end,
  } = await startSystem({
    args: ['--log', 'json', ...args],
    cwd: folder,
    keep: 100_000,
    env: { GATEWAY_BUNDLES: FUNCTIONS, ...env },
  });
  const password = readFileSync(path.join(folder, '.obscura/basic-auth-password'), 'utf8').trim();
  const authorization = `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;
  const stop = async () => {
    await end();
    rmSync(folder, { recursive: true });
  };
  return { url, pid, authorization, stop };
}

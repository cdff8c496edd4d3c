// Processes that the benches start, and what a whole tree of them uses (Linux).
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { ROOT as root, startGateway as startSystem } from '../scripts/system/start.mjs';
import { cpuOf, memoryOf } from './load.mjs';

export { root };

/** As the images and the embedded gateway start a function; no picture is remembered. */
const ENV = { CACHE_BYTES: '0', MALLOC_ARENA_MAX: '1', INTAKE_URL_NETWORKS: '127.0.0.0/8' };
const FLAGS = ['--enable-source-maps', '--max-semi-space-size=2', '--initial-old-space-size=32'];

/** One function by itself. */
export async function startFunction(name) {
  const child = fork(path.join(root, 'dist', name, 'index.js'), {
    env: { ...process.env, ...ENV, http_port: '0' },
    execArgv: FLAGS,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [{ port }] = await once(child, 'message');
  return { pid: child.pid, url: `http://127.0.0.1:${port}`, stop: () => child.kill() };
}

/** The embedded gateway, which starts functions by itself. */
export async function startGateway() {
  return startSystem({ env: ENV });
}

/** A port that nothing listens on just now. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** Any program that listens at `url` some time after its start; stopped with all the processes it made. */
export async function startProgram(command, args, env, url) {
  const options = { env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'inherit'], detached: true };
  const child = spawn(command, args, options);
  const stop = () => process.kill(-child.pid, 'SIGKILL');
  for (let tries = 0; tries < 150; tries++) {
    if (child.exitCode !== null) break;
    const answered = await fetch(url).then(
      (response) => response.arrayBuffer(),
      () => undefined,
    );
    if (answered) return { pid: child.pid, stop };
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  if (child.exitCode === null) stop();
  throw new Error(`${command} did not start`);
}

/** A process and all below it. */
function tree(pid) {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean);
  return [pid, ...children.flatMap((child) => tree(Number(child)))];
}

/** Milliseconds of CPU that a process and its children have used. */
export function treeCpu(pid) {
  return tree(pid).reduce((sum, one) => sum + cpuOf(one), 0);
}

/** Resident memory of a process and its children, MB. */
export function treeMemory(pid) {
  return tree(pid).reduce((sum, one) => sum + memoryOf(one), 0);
}

/** Runs a measurement and tells what a process (with its children) used a piece of work, and its memory meanwhile. */
export async function watched(pid, measure) {
  const seen = [];
  const look = setInterval(() => seen.push(treeMemory(pid)), 200);
  const before = treeCpu(pid);
  const result = await measure();
  clearInterval(look);
  const cpuMs = (treeCpu(pid) - before) / Math.max(1, result.count);
  return { ...result, cpuMs, rssMb: treeMemory(pid), peakMb: Math.max(...seen) };
}

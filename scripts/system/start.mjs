import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/*
 * Starts programs and whole systems for tests, load tests and benches. JavaScript, so that benches need no build; the
 * types are in start.d.mts.
 */

/** The repository, from here and from a bundle in dist/scripts. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Time limit for the start of a program on a busy machine. */
const START_MS = 60_000;

/** Starts a program and waits until `ready` finds what it looks for in the output. */
export async function startProgram(command, args, ready, { keep = Number.POSITIVE_INFINITY, ...options } = {}) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  const { printed, bytes } = outputOf(child, keep);
  const tooLate = setTimeout(() => child.kill('SIGKILL'), START_MS);
  try {
    const found = await readiness(child, () => ready(printed()));
    return { found, child, pid: child.pid, printed, bytes, stop: (signal) => end(child, signal) };
  } catch (error) {
    const words = [command, ...args].join(' ');
    throw new Error(`"${words}" did not start; is it built (npm run build)? ${error.message}\n${printed()}`);
  } finally {
    clearTimeout(tooLate);
  }
}

const streamsOf = ({ stdout, stderr }) => [stdout, stderr].filter((stream) => stream !== null);

/** Collects what a program prints. */
function outputOf(child, keep) {
  let printed = '';
  let bytes = 0;
  for (const stream of streamsOf(child)) {
    stream.on('data', (chunk) => {
      bytes += chunk.length;
      printed = (printed + chunk).slice(-keep);
    });
  }
  return { printed: () => printed, bytes: () => bytes };
}

function readiness(child, look) {
  return new Promise((resolve, reject) => {
    const read = () => {
      const found = look();
      if (found === undefined) return;
      for (const stream of streamsOf(child)) stream.off('data', read);
      resolve(found);
    };
    for (const stream of streamsOf(child)) stream.on('data', read);
    child.once('error', reject);
    child.once('close', (code, signal) => reject(new Error(`It ended with ${code ?? signal}.`)));
  });
}

/** Starts the gateway from `dist`, on free ports. */
export async function startGateway({ args = [], env = {}, ready = gatewayIn, ...options } = {}) {
  const all = ['--enable-source-maps', path.join(ROOT, 'dist/gateway/index.js'), '--port', '0', '--metrics-port', '0'];
  const how = { cwd: ROOT, ...options, env: { ...process.env, ...env } };
  const { found, ...started } = await startProgram(process.execPath, [...all, ...args], ready, how);
  return { url: found, ...started };
}

/** Finds the gateway's address in its output, which is text or lines of JSON. */
export function gatewayIn(printed) {
  return /is running(?: at|\. Open)\s+(http:\/\/[\d.]+:\d+)(?=[/\s"])/.exec(printed)?.[1];
}

/** Stops it if it is running. */
async function end(child, signal = 'SIGINT') {
  if (child.exitCode === null && child.signalCode === null) {
    const exit = once(child, 'exit');
    // A second signal would end it at once.
    if (!child.killed || signal === 'SIGKILL') child.kill(signal);
    await exit;
  }
  return child.exitCode;
}

// A function in a control group of its own with a limit of memory, as a container has it (Linux, root).
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { clearInterval, setInterval } from 'node:timers';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const second = existsSync('/sys/fs/cgroup/cgroup.controllers');
const base = second ? '/sys/fs/cgroup' : '/sys/fs/cgroup/memory';
const names = second
  ? { limit: 'memory.max', peak: 'memory.peak', kills: 'memory.events', swap: 'memory.swap.max' }
  : { limit: 'memory.limit_in_bytes', peak: 'memory.max_usage_in_bytes', kills: 'memory.oom_control', swap: undefined };
const FLAGS = ['--enable-source-maps', '--max-semi-space-size=2', '--initial-old-space-size=32'];
const MIB = 1024 * 1024;
let made = 0;

/** Whether this process may make control groups that limit memory. */
export function canLimit() {
  const group = path.join(base, `obscura-bench-${process.pid}-try`);
  try {
    mkdirSync(group);
    const able = existsSync(path.join(group, names.limit));
    rmdirSync(group);
    return able;
  } catch {
    return false;
  }
}

/** A group that may hold so many MiB, and how to start a program in it. */
function makeGroup(mebibytes) {
  const group = path.join(base, `obscura-bench-${process.pid}-${made++}`);
  mkdirSync(group);
  writeFileSync(path.join(group, names.limit), String(mebibytes * MIB));
  if (names.swap && existsSync(path.join(group, names.swap))) writeFileSync(path.join(group, names.swap), '0');
  const read = (file) => readFileSync(path.join(group, file), 'utf8');
  let anonymous = 0;
  const look = setInterval(() => {
    const [, bytes] = /^(?:anon|total_rss) (\d+)/m.exec(read('memory.stat')) ?? [];
    anonymous = Math.max(anonymous, Number(bytes));
  }, 25).unref();
  return {
    start(args, env) {
      const command = `echo $$ > ${group}/cgroup.procs && exec "$0" "$@"`;
      return spawn('sh', ['-c', command, process.execPath, ...FLAGS, ...args], {
        env: { ...process.env, MALLOC_ARENA_MAX: '1', ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
    },
    /** MiB, at most since the start: what the limit is held against. */
    peak: () => Math.round(Number(read(names.peak)) / MIB),
    /** What is no copy of a file on the disk, at most, as looked at now and then. */
    anonymous: () => Math.round(anonymous / MIB),
    /** Begins anew with both, where the kernel can. */
    forget() {
      anonymous = 0;
      try {
        writeFileSync(path.join(group, names.peak), '0');
      } catch {
        // A kernel before 6.12, with groups of version 2.
      }
    },
    /** Processes that the kernel has ended for want of memory. */
    kills: () => Number(/^oom_kill (\d+)/m.exec(read(names.kills))?.[1] ?? 0),
    remove() {
      clearInterval(look);
      return removeGroup(group);
    },
  };
}

/** Ends its last processes: children in the midst of a picture do not notice at once that their parent has ended. */
async function removeGroup(group) {
  for (let tries = 0; ; tries++) {
    try {
      return rmdirSync(group);
    } catch (error) {
      if (error.code !== 'EBUSY' || tries === 100) throw error;
      for (const pid of readFileSync(path.join(group, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean)) end(pid);
      await setTimeout(100);
    }
  }
}

function end(pid) {
  try {
    process.kill(Number(pid), 'SIGKILL');
  } catch {
    // It has ended by now.
  }
}

/** Runs a program to its end. @returns what it printed, and the most memory it took, MiB */
export async function runLimited(args, mebibytes, env = {}) {
  const group = makeGroup(mebibytes);
  const child = group.start(args, env);
  const [out, failed, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  const [mib, kills] = [group.peak(), group.kills()];
  await group.remove();
  return { out, mib, kills, failed: code === 0 ? undefined : failed || `ended with ${code}` };
}

/** Starts a program of `dist` (a function, or the gRPC edge), and tells how it fares. */
export async function startLimited(name, mebibytes, { env = {}, args = [] } = {}) {
  const group = makeGroup(mebibytes);
  const entry = path.join(root, 'dist', name, 'index.js');
  const child = group.start([entry, ...args], { http_port: '0', http_host: '127.0.0.1', ...env });
  const log = [];
  createInterface({ input: child.stderr }).on('line', (line) => log.push(line));
  const port = await new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code}: ${log.join('\n')}`)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      log.push(line);
      if (!line.includes('"msg":"listening"')) return;
      const { port, address } = JSON.parse(line);
      resolve(port ?? Number(address.split(':').at(-1)));
    });
  });
  const alive = () => child.exitCode === null && child.signalCode === null;
  return {
    ...group,
    url: `http://127.0.0.1:${port}/`,
    port,
    log,
    alive,
    async stop() {
      if (alive()) {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
      await group.remove();
    },
  };
}

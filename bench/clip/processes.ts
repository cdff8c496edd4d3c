import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Started {
  url: string;
  pid: number;
  stop(): Promise<void>;
}

/** Starts the bundled clip-fn by itself. */
export async function startFunction(env: Record<string, string>): Promise<Started> {
  const child = spawn(process.execPath, [path.join(root, 'dist/clip-fn/index.js')], {
    env: { ...process.env, http_port: '0', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const port = await seen(child, /"msg":"listening".*"port":(\d+)/);
  return { url: `http://127.0.0.1:${port}`, pid: child.pid ?? 0, stop: () => end(child) };
}

/** Starts the whole system as `npm start` does. */
export async function startGateway(env: Record<string, string>): Promise<Started> {
  const args = [path.join(root, 'dist/gateway/index.js'), '--port', '0', '--metrics-port', '0'];
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await seen(child, /(http:\/\/127\.0\.0\.1:\d+)\/function/);
  return { url: `${url}/function/clip-fn`, pid: child.pid ?? 0, stop: () => end(child) };
}

function seen(child: ChildProcess, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    child.on('exit', (code) => reject(new Error(`it ended with ${code}`)));
    if (!child.stdout) return;
    createInterface({ input: child.stdout }).on('line', (line) => {
      const found = pattern.exec(line)?.[1];
      if (found !== undefined) resolve(found);
    });
  });
}

async function end(child: ChildProcess): Promise<void> {
  child.removeAllListeners('exit');
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}

/** Processor milliseconds a process has used so far, and the memory it holds now and held at most, in MB (Linux). */
export function usageOf(pid: number): { cpuMs: number; rssMb: number; peakMb: number } {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kilobytes = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0);
  // utime and stime, in hundredths of a second.
  const cpuMs = (Number(fields[11]) + Number(fields[12])) * 10;
  return { cpuMs, rssMb: Math.round(kilobytes('VmRSS') / 1_024), peakMb: Math.round(kilobytes('VmHWM') / 1_024) };
}

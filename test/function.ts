import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface RunningFunction {
  /** Of its root, without a slash at the end. */
  url: string;
  /** What it has written so far, line by line. */
  log: string[];
  pid: number;
  /** Ends it as OpenFaaS does. @returns its exit status */
  stop(): Promise<number | null>;
}

/** Starts a bundled function in a process of its own on a free port, as the gateway does. */
export async function startFunction(name: string, env: Record<string, string> = {}): Promise<RunningFunction> {
  const file = fileURLToPath(new URL(`../dist/${name}/index.js`, import.meta.url));
  const child = spawn(process.execPath, [file], { env: { ...process.env, http_port: '0', ...env } });
  const log: string[] = [];
  const port = await new Promise<number>((resolve, reject) => {
    const read = (line: string) => {
      log.push(line);
      if (line.includes('"msg":"listening"')) resolve(JSON.parse(line).port);
    };
    for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', read);
    child.on('close', (status) => reject(new Error(`it ended with ${status}: ${log.join('\n')}`)));
  });
  const stop = async () => {
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'exit');
    return child.exitCode;
  };
  return { url: `http://127.0.0.1:${port}`, log, pid: child.pid ?? 0, stop };
}

/** Posts bytes to a function that runs for this call alone. @returns the answer's status, type and bytes */
export async function askOnce(name: string, query: string, body: Buffer) {
  const running = await startFunction(name);
  try {
    const response = await fetch(`${running.url}/?${query}`, { method: 'POST', body: new Uint8Array(body) });
    const bytes = Buffer.from(await response.arrayBuffer());
    return { status: response.status, type: response.headers.get('content-type'), bytes };
  } finally {
    await running.stop();
  }
}

import path from 'node:path';
import { ROOT, startProgram } from '../scripts/system/start.mjs';

export interface RunningFunction {
  /** Of its root, without a slash at the end. */
  url: string;
  pid: number;
  /** Ends it as OpenFaaS does. @returns its exit status */
  stop(): Promise<number | null>;
}

/** Starts a bundled function in a process of its own on a free port, as the gateway does. */
export async function startFunction(name: string, env: Record<string, string> = {}): Promise<RunningFunction> {
  const file = path.join(ROOT, 'dist', name, 'index.js');
  const portIn = (printed: string) => /"msg":"listening".*"port":(\d+)/.exec(printed)?.[1];
  const how = { env: { ...process.env, http_port: '0', ...env } };
  const { found, pid, stop } = await startProgram(process.execPath, [file], portIn, how);
  return { url: `http://127.0.0.1:${found}`, pid, stop: () => stop('SIGTERM') };
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

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { credentials } from '@grpc/grpc-js';
import { afterEach, expect, test } from 'vitest';
import { ask } from '../grpc/ask.ts';
import type { PictureReply } from '../grpc/generated/obscura/v1/PictureReply.ts';
import { ImageService } from '../grpc/protos.ts';
import { picture } from './pictures.ts';

/* `npm start -- --grpc`: the gateway brings the edge along, and takes it away again. */

const root = fileURLToPath(new URL('..', import.meta.url));
const state = mkdtempSync(path.join(tmpdir(), 'obscura-grpc-start-'));
let child: ChildProcess;
let printed: string;
afterEach(() => {
  child.kill('SIGKILL');
  rmSync(state, { recursive: true, force: true });
});

function start(env: Record<string, string>): Promise<number | null> {
  const args = ['dist/gateway/index.js', '--port', '0', '--metrics-port', '0', '--grpc'];
  const all = { ...process.env, GATEWAY_STATE: state, GRPC_PORT: '0', GRPC_METRICS_PORT: '0', ...env };
  child = spawn(process.execPath, args, { cwd: root, env: all });
  printed = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (printed += chunk));
  return once(child, 'exit').then(([code]) => code as number | null);
}

async function address(): Promise<string> {
  for (let tries = 0; tries < 200; tries++) {
    const [, found] = / gRPC +(127\.0\.0\.1:\d+)\n/.exec(printed) ?? [];
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`no edge:\n${printed}`);
}

async function turned(at: string): Promise<PictureReply> {
  const client = new ImageService(at, credentials.createInsecure());
  const data = await picture(8, 4).png().toBuffer();
  try {
    const options = { deadline: Date.now() + 15_000 };
    return (await ask<PictureReply>((done) => client.rotate({ picture: { data } }, options, done))).reply;
  } finally {
    client.close();
  }
}

test('the edge serves, and ends with Ctrl-C', async () => {
  const ended = start({});
  const at = await address();
  expect(await turned(at)).toMatchObject({ width: 4, height: 8 });
  child.kill('SIGINT');
  expect(await ended).toBe(0);
  expect(printed).toMatch(/ grpc +call .*ImageService\/Rotate code=OK/);
  await expect(turned(at)).rejects.toThrow(/UNAVAILABLE/);
});

test('killed with -9, the gateway leaves no edge', async () => {
  const ended = start({});
  const at = await address();
  await turned(at);
  child.kill('SIGKILL');
  await ended;
  const answer = () => turned(at).catch((error: Error) => error.message);
  await expect.poll(answer, { timeout: 5_000 }).toMatch(/No connection established/);
});

test('a port that is taken ends the start with a sentence', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as { port: number };
  expect(await start({ GRPC_PORT: String(port) })).toBe(1);
  other.close();
  expect(printed).toContain(`The gRPC edge did not start: Port ${port} is taken by another program`);
});

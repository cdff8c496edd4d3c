import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { credentials } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PipelineEvent } from '../grpc/generated/obscura/v1/PipelineEvent.ts';
import { ImageService } from '../grpc/protos.ts';
import { collect, type RunningEdge, startEdgeProcess } from '../grpc/testing.ts';
import { picture } from './pictures.ts';
import { type System, startSystem } from './system.ts';

/* One picture, the same steps, every way in: the same bytes come out. */

const STEPS = 'denoise;rotate:30;cutout;classify:labels=cat|dog';
const folder = mkdtempSync(path.join(tmpdir(), 'obscura-same-bytes-'));
const command = fileURLToPath(new URL('../dist/cli/index.js', import.meta.url));
let system: System;
let edge: RunningEdge;
let png: Buffer;

beforeAll(async () => {
  // Without a cache, or the second way would be told the first one's answer.
  const env = { STORE_URL: `file:${path.join(folder, 'store')}`, CACHE_BYTES: '0' };
  system = await startSystem({ ...env, GATEWAY_STATE: path.join(folder, 'state') });
  edge = await startEdgeProcess(system.url);
  png = await picture(96, 64).png().toBuffer();
  writeFileSync(path.join(folder, 'in.png'), png);
}, 60_000);
afterAll(async () => {
  await edge?.stop();
  await system?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const at = (place: string) => `${system.url}/function/${place}`;
const post = (place: string, query: Record<string, string>) =>
  fetch(`${at(place)}?${new URLSearchParams(query)}`, { method: 'POST', body: new Uint8Array(png) });
const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer());

async function byHttp(): Promise<Buffer> {
  return bytesOf(await post('pipeline-fn', { steps: STEPS, output: 'picture' }));
}

async function byJob(): Promise<Buffer> {
  const begun = await post('frontend-fn/jobs', { steps: STEPS });
  const job = new URL(begun.headers.get('location') ?? '', system.url);
  for (;;) {
    const { state, picture: made } = (await (await fetch(job)).json()) as { state: string; picture: { url: string } };
    if (state === 'done') return bytesOf(await fetch(new URL(made.url, system.url)));
    expect(['queued', 'running']).toContain(state);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function byGrpc(): Promise<Buffer> {
  const client = new ImageService(edge.address, credentials.createInsecure());
  const events = await collect<PipelineEvent>(client.runPipeline({ picture: { data: png }, steps: STEPS }));
  client.close();
  return events.at(-1)?.done?.picture?.data as Buffer;
}

async function byCommand(): Promise<Buffer> {
  const args = ['pipeline', '--steps', STEPS, path.join(folder, 'in.png'), '-o', path.join(folder, 'out')];
  await promisify(execFile)(process.execPath, [command, ...args, '--gateway', system.url]);
  return readFileSync(path.join(folder, 'out', 'in.png'));
}

test('by HTTP, as a job, over gRPC and by the command', async () => {
  const wanted = await byHttp();
  expect(wanted.subarray(1, 4).toString()).toBe('PNG');
  const ways = {
    'as a job': await byJob(),
    'over gRPC': await byGrpc(),
    'by the command': await byCommand(),
  };
  const different = Object.entries(ways).filter(([, bytes]) => !bytes.equals(wanted));
  expect(different.map(([way]) => way)).toEqual([]);
}, 90_000);

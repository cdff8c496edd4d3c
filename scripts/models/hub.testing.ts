import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

export const REVISION = 'a'.repeat(40);

/** The files of a model that exists for the tests only, by their path in the hub's repository. */
export const HUB_FILES: Record<string, Buffer> = {
  'onnx/vision.onnx': bytesOf(300_000, 1),
  'onnx/text.onnx': bytesOf(120_000, 2),
  'tokenizer.json': bytesOf(5_000, 3),
};
const NAMES: Record<string, string> = { 'onnx/vision.onnx': 'image.onnx', 'onnx/text.onnx': 'text.onnx' };

function bytesOf(length: number, seed: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, i) => (i * (seed + 2) + (i >> 8) * 7 + seed) & 255));
}

/** Writes the manifest of that model, and no file of it, into a folder of models. */
export function putManifest(models: string, id = 'far-model'): void {
  const files = Object.entries(HUB_FILES).map(([from, bytes]) => [
    NAMES[from] ?? from,
    { from, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') },
  ]);
  const manifest = {
    ...{ id, title: 'For tests', kind: 'clip', version: '1', source: 'tests', licence: 'MIT' },
    ...{ download: { repository: 'someone/far-model', revision: REVISION }, files: Object.fromEntries(files) },
  };
  mkdirSync(path.join(models, id), { recursive: true });
  writeFileSync(path.join(models, id, 'manifest.json'), JSON.stringify(manifest));
}

/** What a hub does with one request; `bytes` is the file that was asked for. */
export type Manners = (request: IncomingMessage, response: ServerResponse, bytes: Buffer) => void;

/** As a hub should answer: ranges too. */
export const good: Manners = (request, response, bytes) => {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? Number.NaN);
  if (Number.isNaN(from)) return void response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
  if (from >= bytes.length) return void response.writeHead(416).end();
  const range = `bytes ${from}-${bytes.length - 1}/${bytes.length}`;
  response.writeHead(206, { 'content-range': range, 'content-length': bytes.length - from }).end(bytes.subarray(from));
};

export interface Hub {
  url: string;
  /** "path range" of each request so far. */
  asked: string[];
  /** From the next request on. */
  behave(manners: Manners): void;
  stop(): Promise<void>;
}

/** A hub on a free port of this machine; also answers as a proxy does, to requests with a whole address. */
export async function startHub(): Promise<Hub> {
  let manners = good;
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://hub.test');
    asked.push([`${url.host}${url.pathname}`, request.headers.range].filter(Boolean).join(' '));
    const file = url.pathname.replace(`/someone/far-model/resolve/${REVISION}/`, '').replace(/^\/mirror\//, '');
    const bytes = HUB_FILES[file];
    if (bytes) manners(request, response, bytes);
    else response.writeHead(404).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    behave(next) {
      manners = next;
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

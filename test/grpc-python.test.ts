import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningEdge, startEdgeProcess } from '../grpc/testing.ts';
import { picture } from './pictures.ts';
import { type SharedSystem, sharedSystem } from './shared.ts';

/*
 * The edge as a program of somebody else's sees it: Python's grpcio, with stubs it makes of our contracts.
 * GRPC_PYTHON names a Python with test/python/requirements.txt; without it python3 is tried.
 */
const python = process.env.GRPC_PYTHON ?? 'python3';
const root = fileURLToPath(new URL('..', import.meta.url));

function run(...args: string[]): string {
  return execFileSync(python, args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

function hasGrpc(): boolean {
  try {
    run('-c', 'import grpc, grpc_tools, grpc_health, grpc_status');
    return true;
  } catch {
    return false;
  }
}

describe.skipIf(!hasGrpc())('Python’s grpcio (skipped where it is not installed)', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'obscura-python-'));
  let system: SharedSystem;
  let edge: RunningEdge;
  let jpeg: Buffer;
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked at member by member
  let answered: any;

  beforeAll(async () => {
    system = await sharedSystem();
    edge = await startEdgeProcess(system.url);
    jpeg = await picture(60, 40).jpeg({ quality: 90 }).toBuffer();
    const [photo, stubs] = [path.join(folder, 'photo.jpg'), path.join(folder, 'stubs')];
    writeFileSync(photo, jpeg);
    mkdirSync(stubs);
    const contracts = ['nl_image_service.proto', 'obscura/v1/image.proto'];
    run(
      '-m',
      'grpc_tools.protoc',
      '-I',
      'grpc/proto',
      `--python_out=${stubs}`,
      `--grpc_python_out=${stubs}`,
      ...contracts,
    );
    answered = JSON.parse(run('test/python/client.py', edge.address, stubs, photo));
  }, 60_000);
  afterAll(async () => {
    await edge?.stop();
    rmSync(folder, { recursive: true });
  });

  const rest = async (query: string): Promise<Response> => {
    const response = await fetch(`${system.url}/function/${query}`, { method: 'POST', body: new Uint8Array(jpeg) });
    expect(response.status).toBe(200);
    return response;
  };
  const restBytes = async (query: string) => Buffer.from(await (await rest(query)).arrayBuffer()).toString('base64');

  test('health says that it serves', () => expect(answered.health).toBe('SERVING'));

  test('pictures are byte for byte what REST answers', async () => {
    const { rotate, transform } = answered.image;
    expect(rotate).toEqual({ data: await restBytes('rotate-fn?angle=90'), width: 40, height: 60 });
    const chain = 'transform-fn?chain=resize:width=20;grayscale&format=webp&quality=70';
    expect(transform).toEqual({ data: await restBytes(chain), type: 'image/webp' });
  });

  test('labels are those of REST', async () => {
    const { labels } = (await (await rest('clip-fn?labels=cat,dog&minCosine=0')).json()) as {
      labels: { label: string; score: number; cosine: number }[];
    };
    expect(answered.image.labels).toEqual(labels.map(({ label, score, cosine }) => [label, score, cosine]));
  });

  test('an error carries what Google’s own library reads', () => {
    expect(answered.failure).toMatchObject({
      code: 'INVALID_ARGUMENT',
      reason: 'NOT_A_PICTURE',
      metadata: { code: 'not-a-picture', status: '415', function: 'rotate-fn', callId: 'python-1' },
    });
  });

  test('the older contract: real sides, rows stay rows, nothing is done for NONE, a score', async () => {
    const { rows, encoded, none, score } = answered.older;
    expect(rows).toEqual([[6, 7, 8, 15, 16, 17, 3, 4, 5, 12, 13, 14, 0, 1, 2, 9, 10, 11], 2, 3]);
    expect(encoded).toEqual([await restBytes('rotate-fn?angle=90&direction=ccw'), 40, 60]);
    expect(none).toEqual([jpeg.toString('base64'), 60, 40]);
    const { labels } = (await (await rest('clip-fn?labels=cat,dog')).json()) as {
      labels: { label: string; score: number }[];
    };
    expect(score).toBeCloseTo(labels.find(({ label }) => label === 'dog')?.score ?? -1, 6);
  });
});

import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { picture, pixelsOf } from '../test/pictures.ts';
import { type SharedSystem, sharedSystem } from '../test/shared.ts';
import { type RunningEdge, startEdgeProcess } from './testing.ts';

/* The sample client as people start it, against an edge and the whole system. */

const client = fileURLToPath(new URL('../dist/grpc/sample-client.js', import.meta.url));
const root = mkdtempSync(path.join(tmpdir(), 'obscura-sample-client-'));
let system: SharedSystem;
let edge: RunningEdge;
let folder: string;

beforeAll(async () => {
  system = await sharedSystem();
  edge = await startEdgeProcess(system.url);
});
afterAll(async () => {
  await edge?.stop();
  rmSync(root, { recursive: true });
});
beforeEach(async () => {
  folder = mkdtempSync(path.join(root, 'case-'));
  writeFileSync(path.join(folder, 'cat.png'), await picture(9, 6).png().toBuffer());
});

/** Runs it where the pictures are. */
function run(args: string[], env: Record<string, string> = {}): Promise<{ code: unknown; out: string; err: string }> {
  return new Promise((resolve) => {
    const options = { cwd: folder, env: { ...process.env, npm_lifecycle_event: '', ...env } };
    execFile(process.execPath, [client, ...args], options, (error, out, err) =>
      resolve({ code: error?.code ?? 0, out, err }),
    );
  });
}

/** With the edge's address. */
const ask = (...args: string[]) => {
  const [host, port] = edge.address.split(':') as [string, string];
  return run([...args, '--host', host, '--port', port]);
};

const read = (name: string) => readFileSync(path.join(folder, name));
const turned = async (clockwise: number) => pixelsOf(await sharp(read('cat.png')).rotate(clockwise).png().toBuffer());

test('without a service both: the two shares, and the turned picture beside the other', async () => {
  const { code, out, err } = await ask('--image', 'cat.png');
  expect([code, err]).toEqual([0, '']);
  expect(out).toContain(`Loaded cat.png, ${read('cat.png').length} bytes.\n`);
  const [, cat, dog] = /^Cat (\d+\.\d\d) %, dog (\d+\.\d\d) %\.$/m.exec(out) ?? [];
  expect(Number(cat) + Number(dog)).toBeCloseTo(100, 1);
  expect(out).toContain('Saved cat-rotated.png, 6 × 9 pixels, rotated by NINETY_DEG.\n');
  expect(await pixelsOf(read('cat-rotated.png'))).toEqual(await turned(270));
});

test.each([
  ['NONE', 0],
  ['1', 270],
  ['one_eighty_deg', 180],
  ['TWO_SEVENTY_DEG', 90],
])('rotation alone, by %s', async (rotation, clockwise) => {
  const { code, out } = await ask(
    '--image',
    'cat.png',
    '--service',
    '1',
    '--rotation',
    rotation,
    '--output',
    'out.png',
  );
  expect([code, out.includes('Cat')]).toEqual([0, false]);
  expect(await pixelsOf(read('out.png'))).toEqual(await turned(clockwise));
});

test('classification alone writes nothing', async () => {
  const { code, out } = await ask('--image', 'cat.png', '--service', '2');
  expect([code, out.includes('Cat '), readdirSync(folder)]).toEqual([0, true, ['cat.png']]);
});

test('a file that is there already stays as it is', async () => {
  writeFileSync(path.join(folder, 'cat-rotated.png'), 'mine');
  const { code, err } = await ask('--image', 'cat.png', '--service', '1');
  expect([code, err]).toEqual([1, 'cat-rotated.png exists; name another file with --output.\n']);
  expect(String(read('cat-rotated.png'))).toBe('mine');
});

test('a format that is not written comes back in another, under a name that says so', async () => {
  writeFileSync(path.join(folder, 'cat.gif'), await picture(9, 6).gif().toBuffer());
  const { out } = await ask('--image', 'cat.gif', '--service', '1');
  const [, file = ''] = /^Saved (\S+),/m.exec(out) ?? [];
  expect(path.extname(file)).toBe(`.${(await sharp(read(file)).metadata()).format}`);
});

test('what cannot be done is said in a sentence: status 1', async () => {
  writeFileSync(path.join(folder, 'letter.jpg'), 'Dear reader, this is no picture.');
  expect(await ask('--image', 'nope.jpg')).toMatchObject({ code: 1, err: 'nope.jpg cannot be read (ENOENT).\n' });
  expect(await ask('--image', 'letter.jpg')).toMatchObject({ code: 1, err: expect.stringMatching(/^This is text/) });
  const away = await run(['--image', 'cat.png', '--port', '9']);
  expect(away).toMatchObject({ code: 1, err: expect.stringMatching(/^No gRPC edge answers at 127\.0\.0\.1:9\./) });
});

test.each([
  [[], /There is no picture: name one with --image\. See --help/],
  [['--image', 'cat.png', '--rotation', '45'], /--rotation is "45"; it must be NONE, NINETY_DEG/],
  [['--image', 'cat.png', '--service', '3'], /--service is "3"; it must be a whole number from 0 to 2/],
  [['--image', 'cat.png', '--port', 'x'], /--port is "x"/],
  [['--picture', 'cat.png'], /--picture/],
])('%j is a wrong command line: status 2', async (args, words) => {
  const { code, out, err } = await run(args);
  expect([code, out, err]).toEqual([2, '', expect.stringMatching(words)]);
});

test('an edge that asks for a token gets it from the environment', async () => {
  const file = path.join(folder, 'token');
  writeFileSync(file, 'open sesame');
  const guarded = await startEdgeProcess(system.url, { GRPC_TOKEN_FILE: file });
  try {
    const args = ['--image', 'cat.png', '--service', '1', '--port', guarded.address.split(':')[1] as string];
    expect(await run(args)).toMatchObject({ code: 1, err: expect.stringContaining('asks for a token') });
    expect(await run(args, { OBSCURA_TOKEN: 'open sesame' })).toMatchObject({ code: 0, err: '' });
  } finally {
    await guarded.stop();
  }
});

test('help says every option', async () => {
  const { code, out } = await run(['-h']);
  expect(code).toBe(0);
  for (const option of ['host', 'port', 'image', 'service', 'rotation', 'output', 'tls', 'timeout']) {
    expect(out).toContain(`--${option}`);
  }
});

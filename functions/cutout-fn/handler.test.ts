import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type RunningFunction, startFunction } from '../../test/function.ts';

const models = fileURLToPath(new URL('../../models', import.meta.url));
const cat = readFileSync(new URL('../frontend-fn/page/samples/cat.jpg', import.meta.url));
/** The larger model, where this machine has it (in half precision). */
const u2netp = fileURLToPath(new URL('../../../shared/models/u2netp-fp16.onnx', import.meta.url));

let folder: string;
let running: RunningFunction | undefined;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'cutout-fn-'));
});
afterEach(async () => {
  expect((await running?.stop()) ?? 0).toBe(0);
  running = undefined;
  rmSync(folder, { recursive: true });
});

async function start(env: Record<string, string> = {}): Promise<(query?: string) => Promise<Response>> {
  running = await startFunction('cutout-fn', env);
  const { url } = running;
  return (query = '') => fetch(`${url}/?${query}`, { method: 'POST', body: new Uint8Array(cat) });
}

test('cuts with the model that comes along, and says so', async () => {
  const ask = await start({ CUTOUT_MODEL: 'cutout-mini' });
  const response = await ask();
  expect(response.status).toBe(200);
  expect(response.headers.get('x-cutout-method')).toBe('cutout-mini');
  expect(response.headers.get('content-type')).toBe('image/png');
  const { channels, width, height } = await sharp(await response.arrayBuffer()).metadata();
  expect({ channels, width, height }).toMatchObject({ ...(await sizeOf(cat)), channels: 4 });
  expect((await ask('method=border')).headers.get('x-cutout-method')).toBe('border');
});

const sizeOf = async (bytes: Buffer) => {
  const { width, height } = await sharp(bytes).metadata();
  return { width, height };
};

test('a model file cut short is a 503 that names it; the process stays up and recovers', async () => {
  cpSync(path.join(models, 'cutout-mini'), path.join(folder, 'cutout-mini'), { recursive: true });
  const file = path.join(folder, 'cutout-mini', 'model.onnx');
  const whole = readFileSync(file);
  truncateSync(file, 100);
  const ask = await start({ CLIP_MODELS: folder });
  const response = await ask();
  expect(response.status).toBe(503);
  const problem = await response.json();
  expect(problem).toMatchObject({ code: 'model-missing', detail: expect.stringMatching(/model\.onnx.*"cutout-mini"/) });
  expect(JSON.stringify(problem)).not.toContain(folder);
  expect((await ask('method=border')).status).toBe(200);
  writeFileSync(file, whole);
  expect((await ask()).status).toBe(200);
});

test('a manifest that lies about its graph is a 503 that says how', async () => {
  cpSync(path.join(models, 'cutout-mini'), path.join(folder, 'cutout-mini'), { recursive: true });
  const file = path.join(folder, 'cutout-mini', 'manifest.json');
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace('"size": 320', '"size": 192'));
  const ask = await start({ CLIP_MODELS: folder });
  const response = await ask();
  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({
    code: 'model-missing',
    detail: expect.stringMatching(/says that "pixels" is float32\[1, 3, 192, 192\], the graph says .*320/),
  });
  writeFileSync(file, text);
  expect((await ask()).status).toBe(200);
});

test.skipIf(!existsSync(u2netp))('a larger model takes its place; CUTOUT_MODEL picks one', async () => {
  cpSync(path.join(models, 'cutout-mini'), path.join(folder, 'cutout-mini'), { recursive: true });
  cpSync(path.join(models, 'u2netp'), path.join(folder, 'u2netp'), { recursive: true });
  const ask = await start({ CLIP_MODELS: folder });
  expect((await ask()).headers.get('x-cutout-method')).toBe('cutout-mini');
  await running?.stop();

  putInHalfPrecision();
  const again = await start({ CLIP_MODELS: folder });
  expect((await again()).headers.get('x-cutout-method')).toBe('u2netp');
  await running?.stop();
  const chosen = await start({ CLIP_MODELS: folder, CUTOUT_MODEL: 'cutout-mini' });
  expect((await chosen()).headers.get('x-cutout-method')).toBe('cutout-mini');
});

/** The file that is here in place of the one the manifest means, which is not. */
function putInHalfPrecision(): void {
  const bytes = readFileSync(u2netp);
  const file = path.join(folder, 'u2netp', 'manifest.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8'));
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  manifest.files['u2netp.onnx'] = { ...manifest.files['u2netp.onnx'], bytes: bytes.length, sha256 };
  writeFileSync(file, JSON.stringify(manifest));
  writeFileSync(path.join(folder, 'u2netp', 'u2netp.onnx'), bytes);
}

test('leaves nothing behind: no id for the runtime’s maker, no file at all', async () => {
  const ask = await start({ HOME: folder, XDG_CACHE_HOME: '', ORT_DISABLE_TELEMETRY: '', CI: '' });
  expect((await ask()).status).toBe(200);
  expect(readdirSync(folder)).toEqual([]);
});

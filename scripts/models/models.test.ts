import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findEntry } from './catalogue.ts';
import { good, HUB_FILES, type Hub, putManifest, startHub } from './hub.testing.ts';
import { type InstallRules, installModel, removeModel } from './install.ts';

let models: string;
let hub: Hub;
let shown = '';
beforeEach(async () => {
  models = mkdtempSync(path.join(tmpdir(), 'models-'));
  putManifest(models);
  hub = await startHub();
});
afterEach(async () => {
  await hub.stop();
  rmSync(models, { recursive: true });
});

const folder = (file = '') => path.join(models, 'far-model', file);
const install = async (rules: Partial<InstallRules> = {}) =>
  installModel(await findEntry(models, 'far-model'), {
    ...{ signal: new AbortController().signal, tries: 3, pause: 1, env: { HF_ENDPOINT: `${hub.url}/` } },
    out: { isTTY: true, write: (text) => (shown += text) },
    ...rules,
  });
const isWhole = () =>
  readFileSync(folder('image.onnx')).equals(HUB_FILES['onnx/vision.onnx']!) &&
  readFileSync(folder('text.onnx')).equals(HUB_FILES['onnx/text.onnx']!) &&
  readFileSync(folder('tokenizer.json')).equals(HUB_FILES['tokenizer.json']!);
/** What lies in the model's folder besides its manifest. */
const lying = () => readdirSync(folder()).filter((name) => name !== 'manifest.json');

describe('install', () => {
  test('fetches each file once, from the pinned commit, and nothing when all is there', async () => {
    expect(await install()).toEqual(['image.onnx', 'text.onnx', 'tokenizer.json']);
    expect(isWhole()).toBe(true);
    expect(lying().sort()).toEqual(['image.onnx', 'text.onnx', 'tokenizer.json']);
    expect(hub.asked[0]).toBe(`hub.test/someone/far-model/resolve/${'a'.repeat(40)}/onnx/vision.onnx`);
    expect(await install()).toEqual([]);
    expect(hub.asked).toHaveLength(3);
    expect(shown).toMatch(/image\.onnx +█{30} 300 kB of 300 kB/);
    expect(await install({ force: true })).toHaveLength(3);
  });

  test('mends only what is wrong', async () => {
    await install();
    writeFileSync(folder('text.onnx'), Buffer.alloc(120_000));
    expect(await install()).toEqual(['text.onnx']);
    expect(isWhole()).toBe(true);
  });

  test('goes on where a connection broke off', async () => {
    let first = true;
    hub.behave((request, response, bytes) => {
      if (!first) return good(request, response, bytes);
      first = false;
      response.writeHead(200, { 'content-length': bytes.length });
      response.write(bytes.subarray(0, 100_000), () => setTimeout(() => response.destroy(), 50));
    });
    await install();
    expect(isWhole()).toBe(true);
    expect(hub.asked[1]).toMatch(/vision\.onnx bytes=[1-9]\d*-$/);
  });

  test('begins anew where the server knows no ranges, and gives up when it never gets through', async () => {
    let breaks = 1;
    hub.behave((_, response, bytes) => {
      response.writeHead(200, { 'content-length': bytes.length });
      if (breaks-- <= 0) return void response.end(bytes);
      response.write(bytes.subarray(0, 1_000), () => setTimeout(() => response.destroy(), 20));
    });
    await install();
    expect(isWhole()).toBe(true);
    breaks = 99;
    await expect(install({ force: true })).rejects.toThrow(/was lost|ended after/);
    expect(isWhole()).toBe(true);
  });

  test('goes on after being interrupted', async () => {
    hub.behave((_, response, bytes) => {
      response.writeHead(200, { 'content-length': bytes.length }).write(bytes.subarray(0, 50_000));
    });
    const leaving = new AbortController();
    const running = install({ signal: leaving.signal });
    const part = folder('.image.onnx.part');
    while (!existsSync(part) || statSync(part).size < 50_000) await new Promise((resolve) => setTimeout(resolve, 5));
    leaving.abort(new Error('interrupted'));
    await expect(running).rejects.toThrow();
    expect(lying()).toEqual(['.image.onnx.part']);
    hub.behave(good);
    await install();
    expect(isWhole()).toBe(true);
    expect(hub.asked[1]).toMatch(/bytes=50000-$/);
  });

  test.each([
    ['announces too much', (bytes: Buffer) => ({ 'content-length': bytes.length + 9 })],
    ['announces too little', (bytes: Buffer) => ({ 'content-length': bytes.length - 9 })],
  ])('refuses a server that %s, before anything is written', async (_, headers) => {
    hub.behave((_request, response, bytes) => void response.writeHead(200, headers(bytes)).end(bytes.subarray(0, 99)));
    await expect(install()).rejects.toThrow(/image\.onnx has \d+ bytes at its source and 300000 in the manifest/);
    expect(lying()).toEqual([]);
  });

  test('refuses a stream without end', async () => {
    hub.behave((_, response, bytes) => {
      response.writeHead(200);
      const more = () => response.write(bytes, () => response.destroyed || setImmediate(more));
      more();
    });
    await expect(install()).rejects.toThrow(/more than 300000 bytes/);
    expect(lying()).toEqual([]);
  });

  test('refuses wrong bytes; of two files, neither takes its place when one is wrong', async () => {
    hub.behave((request, response, bytes) =>
      good(request, response, request.url?.includes('text') ? Buffer.alloc(bytes.length, 1) : bytes),
    );
    await expect(install()).rejects.toThrow(/text\.onnx is not the file.*SHA-256.*nothing was installed/);
    expect(lying()).toEqual(['.image.onnx.part']);
    hub.behave(good);
    await install();
    expect(isWhole()).toBe(true);
    expect(hub.asked.filter((line) => line.includes('vision'))).toHaveLength(1);
  });

  test('throws a wrong beginning away', async () => {
    writeFileSync(folder('.image.onnx.part'), Buffer.alloc(70_000, 9));
    writeFileSync(folder('.text.onnx.part'), Buffer.alloc(500_000, 9));
    await install();
    expect(isWhole()).toBe(true);
  });

  test.each([
    [404, /has no such file \(404\)/, 1],
    [403, /refuses access to the file \(403\)/, 1],
    [503, /answered with status 503/, 3],
  ])('says what a server means by %i', async (status, words, times) => {
    hub.behave((_, response) => void response.writeHead(status).end());
    await expect(install()).rejects.toThrow(words);
    expect(hub.asked).toHaveLength(times);
    expect(lying()).toEqual([]);
  });

  test('says what to do when nobody is there', async () => {
    const env = { HF_ENDPOINT: 'http://127.0.0.1:1' };
    await expect(install({ env })).rejects.toThrow(
      /127\.0\.0\.1:1 cannot be reached.*HTTPS_PROXY.*HF_ENDPOINT.*--from/,
    );
  });

  test.each(['their own names', 'the names they have at the hub'])(
    'takes files from a folder, under %s',
    async (kind) => {
      const from = path.join(models, 'elsewhere');
      mkdirSync(path.join(from, 'onnx'), { recursive: true });
      const own: Record<string, string> = { 'onnx/vision.onnx': 'image.onnx', 'onnx/text.onnx': 'text.onnx' };
      for (const [name, bytes] of Object.entries(HUB_FILES))
        writeFileSync(path.join(from, kind === 'their own names' ? (own[name] ?? name) : name), bytes);
      await install({ from });
      expect(isWhole()).toBe(true);
      expect(hub.asked).toEqual([]);
      rmSync(path.join(from, 'tokenizer.json'));
      await expect(install({ from, force: true })).rejects.toThrow(/There is no tokenizer\.json in/);
    },
  );

  test('takes files from an address', async () => {
    await install({ from: `${hub.url}/mirror/` });
    expect(isWhole()).toBe(true);
    expect(hub.asked[0]).toBe('hub.test/mirror/onnx/vision.onnx');
  });

  test.skipIf(!existsSync('/dev/full'))('a disk that fills up: a sentence, and nothing is installed', async () => {
    symlinkSync('/dev/full', folder('.image.onnx.part'));
    await expect(install()).rejects.toThrow(/disk is full; free some space/);
    expect(lying()).toEqual(['.image.onnx.part']);
  });

  test('too little room is said before anything is fetched', async () => {
    const manifest = readFileSync(folder('manifest.json'), 'utf8');
    writeFileSync(folder('manifest.json'), manifest.replace('"bytes":300000', `"bytes":${2 ** 52}`));
    await expect(install()).rejects.toThrow(/not enough space: .* are needed, .* are free/);
    expect(hub.asked).toEqual([]);
  });

  test('is alone with a model, but not stopped by one that died', async () => {
    writeFileSync(folder('.installing'), String(process.ppid));
    await expect(install()).rejects.toThrow(/is installing or removing this model/);
    writeFileSync(folder('.installing'), '999999999');
    await install();
    expect(lying()).toHaveLength(3);
  });

  test('remove takes everything but the manifest', async () => {
    await install();
    mkdirSync(folder('presets'));
    await removeModel(await findEntry(models, 'far-model'));
    expect(readdirSync(folder())).toEqual(['manifest.json']);
  });
});

describe('npm run models', () => {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  let child: ChildProcessWithoutNullStreams | undefined;
  /** The command in a process of its own. */
  async function run(args: string[], env: Record<string, string> = {}) {
    const command = spawn(process.execPath, ['scripts/run.mjs', 'models', ...args], {
      cwd: root,
      env: { PATH: process.env.PATH, CLIP_MODELS: models, HF_ENDPOINT: hub.url, ...env },
    });
    child = command;
    let text = '';
    for (const stream of [command.stdout, command.stderr]) stream.on('data', (chunk) => (text += chunk));
    const code = await new Promise<number | null>((resolve) => command.on('close', resolve));
    return { code, text };
  }

  test('list, install, verify, remove, each with its exit status', async () => {
    expect(await run(['list'])).toMatchObject({ code: 0, text: expect.stringMatching(/far-model .* not installed/) });
    const installed = await run(['install', 'far-model']);
    expect(installed).toMatchObject({ code: 0, text: expect.stringMatching(/100 % of 300 kB(.|\n)*is installed/) });
    expect(await run(['verify'])).toMatchObject({ code: 0, text: expect.stringMatching(/text\.onnx: whole/) });
    writeFileSync(folder('text.onnx'), Buffer.alloc(120_000));
    const verified = await run(['verify', 'far-model']);
    expect(verified).toMatchObject({ code: 1, text: expect.stringMatching(/text\.onnx: wrong/) });
    expect((await run(['remove', 'far-model'])).code).toBe(0);
    expect((await run(['verify'])).code).toBe(0);
    expect((await run(['verify', 'far-model'])).code).toBe(1);
  });

  test('a usage error ends with 2 and how to ask', async () => {
    expect(await run(['instal'])).toMatchObject({ code: 2, text: expect.stringMatching(/Usage/) });
    expect(await run(['install'])).toMatchObject({ code: 2, text: expect.stringMatching(/Which model/) });
    expect(await run(['install', '../x'])).toMatchObject({
      code: 2,
      text: expect.stringMatching(/there are: far-model/),
    });
    expect(await run(['list', '--frm', 'x'])).toMatchObject({ code: 2 });
    expect(await run([])).toMatchObject({ code: 0, text: expect.stringMatching(/^Usage/) });
  });

  test('Ctrl-C ends it with 130 and a sentence; what came stays for the next time', async () => {
    hub.behave((_, response, bytes) => {
      response.writeHead(200, { 'content-length': bytes.length }).write(bytes.subarray(0, 50_000));
    });
    const running = run(['install', 'far-model']);
    const part = folder('.image.onnx.part');
    while (!existsSync(part) || statSync(part).size < 50_000) await new Promise((resolve) => setTimeout(resolve, 5));
    child?.kill('SIGINT');
    expect(await running).toMatchObject({ code: 130, text: expect.stringMatching(/Interrupted; .* to resume/) });
    expect(lying()).toEqual(['.image.onnx.part']);
  });

  test('a proxy is used', async () => {
    const { code, text } = await run(['install', 'far-model'], {
      HF_ENDPOINT: 'http://hub.invalid',
      http_proxy: hub.url,
    });
    expect(text).toMatch(/is installed/);
    expect(code).toBe(0);
    expect(hub.asked[0]).toMatch(/^hub\.invalid\/someone/);
  });
});

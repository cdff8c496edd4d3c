import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { sharedSystem } from './shared.ts';

// A whole system, on machines that may be busy.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

/*
 * A stranger's client: oazapfts makes it of the document that the gateway serves, the compiler checks a program that
 * uses it, and the program runs against the system.
 */

const root = fileURLToPath(new URL('..', import.meta.url));
const run = promisify(execFile);

const PROGRAM = `
import { readFile } from 'node:fs/promises';
import { classify, defaults, getJob, createJob, rotate } from './client.ts';

export async function main(file: string) {
  const image = new Blob([new Uint8Array(await readFile(file))], { type: 'image/jpeg' });
  const labelled = await classify({ image }, { labels: ['cat', 'rocket'], top: 1 });
  if (labelled.status !== 200) throw new Error(labelled.data.detail);
  const best: string | undefined = labelled.data.labels?.[0]?.label;
  const turned = await rotate({ image }, { angle: 90, format: 'png' });
  if (turned.status !== 200) throw new Error(turned.data.detail);
  const job = await createJob({ image }, { steps: 'rotate:90' });
  if (job.status !== 202) throw new Error('no job');
  const found = await getJob(job.data.id);
  const refused = await rotate({ image }, { angle: 4000 });
  const code: 'option-invalid' | false =
    refused.status === 400 && refused.data.code === 'option-invalid' && refused.data.code;
  return { server: defaults.baseUrl, best, picture: turned.data.image, job: found.status, code };
}
`;

let url: string;
let folder: string;
beforeAll(async () => {
  ({ url } = await sharedSystem());
  // Below the packages, where imports of the client find its runtime.
  const cache = path.join(root, 'node_modules/.cache');
  await mkdir(cache, { recursive: true });
  folder = await mkdtemp(path.join(cache, 'client-'));
  await writeFile(path.join(folder, 'openapi.json'), await (await fetch(`${url}/openapi.json`)).text());
  await run(process.execPath, [path.join(root, 'node_modules/oazapfts/dist/cli.js'), 'openapi.json', 'client.ts'], {
    cwd: folder,
  });
  await writeFile(path.join(folder, 'program.ts'), PROGRAM);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('a program that uses the client compiles', async () => {
  const options = ['--strict', '--noEmit', '--skipLibCheck', '--allowImportingTsExtensions', '--types', 'node'];
  const kind = ['--module', 'nodenext', '--target', 'es2022', '--lib', 'es2023,dom,dom.iterable', '--ignoreConfig'];
  const tsc = path.join(root, 'node_modules/typescript/bin/tsc');
  const said = await run(process.execPath, [tsc, ...options, ...kind, 'program.ts'], { cwd: folder }).catch(
    (error: { stdout: string }) => error,
  );
  expect(said.stdout).toBe('');
});

test('and labels a photo, turns it, follows a job and reads a problem', async () => {
  const outfile = path.join(folder, 'program.mjs');
  await build({
    entryPoints: [path.join(folder, 'program.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
  });
  const { main } = await import(outfile);
  const photo = path.join(root, 'functions/frontend-fn/page/samples/rocket.jpg');
  const { picture, ...rest } = await main(photo);
  expect(rest).toEqual({ server: url, best: 'rocket', job: 200, code: 'option-invalid' });
  const before = await sharp(await readFile(photo)).metadata();
  const after = await sharp(Buffer.from(picture, 'base64')).metadata();
  expect(after).toMatchObject({ format: 'png', width: before.height, height: before.width });
});

import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (file: string): string[] => readFileSync(root + file, 'utf8').split('\n');

/** Files and folders that an ignore file lets through. */
const keptBy = (dockerfile: string): string[] =>
  read(`${dockerfile}.dockerignore`).flatMap((line) => (line.startsWith('!') ? line.slice(1) : []));

/** Files and folders that the edge's image is built from. */
const copied = read('grpc/Dockerfile')
  .filter((line) => line.startsWith('COPY ') && !line.includes('--from'))
  .flatMap((line) => line.split(/\s+/).slice(1, -1));

/** @returns our own files that programs are made of */
async function filesOf(entryPoints: string[]): Promise<string[]> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints,
    outdir: 'unwritten',
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    packages: 'external',
    format: 'esm',
    logLevel: 'silent',
  });
  return Object.keys(metafile.inputs).filter((file) => !relative(root, file).includes('node_modules'));
}

test("the edge's Dockerfile copies only what is there and what its ignore file lets through", () => {
  const kept = keptBy('grpc/Dockerfile');
  for (const path of copied) {
    expect(existsSync(root + path), path).toBe(true);
    expect(kept, `${path} in grpc/Dockerfile.dockerignore`).toContain(path);
  }
});

test.each([
  ['the edge', copied, ['grpc/main.ts', 'grpc/sample-client.ts']],
  ['the gateway', keptBy('deploy/Dockerfile'), ['gateway/main.ts']],
  ['the idler', keptBy('deploy/Dockerfile'), ['deploy/idler/main.ts']],
])('the image of %s gets all that it and its build import', async (_, given, entries) => {
  const files = await filesOf([...entries, 'scripts/build.mjs']);
  expect(files.length).toBeGreaterThan(10);
  expect(files.filter((file) => !given.some((path) => file === path || file.startsWith(`${path}/`)))).toEqual([]);
});

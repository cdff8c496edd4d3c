import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (file: string): string[] => readFileSync(root + file, 'utf8').split('\n');

/** Files and folders that the edge's image is built from. */
const copied = read('grpc/Dockerfile')
  .filter((line) => line.startsWith('COPY ') && !line.includes('--from'))
  .flatMap((line) => line.split(/\s+/).slice(1, -1));

test("the edge's Dockerfile copies only what is there and what its ignore file lets through", () => {
  const kept = read('grpc/Dockerfile.dockerignore').flatMap((line) => (line.startsWith('!') ? line.slice(1) : []));
  for (const path of copied) {
    expect(existsSync(root + path), path).toBe(true);
    expect(kept, `${path} in grpc/Dockerfile.dockerignore`).toContain(path);
  }
});

test("the edge's Dockerfile copies all that its programs import", async () => {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['grpc/main.ts', 'grpc/sample-client.ts'],
    outdir: 'unwritten',
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'silent',
  });
  const ours = Object.keys(metafile.inputs).filter((file) => !relative(root, file).includes('node_modules'));
  expect(ours.length).toBeGreaterThan(20);
  expect(ours.filter((file) => !copied.some((path) => file === path || file.startsWith(`${path}/`)))).toEqual([]);
});

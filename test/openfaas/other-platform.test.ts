import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

/*
 * What an image for the other processor holds, put together as its Dockerfile does, but for running
 * it. Needs npm's registry.
 */

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), 'obscura-platform-'));
const other =
  process.arch === 'arm64'
    ? { docker: 'linux/amd64', cpu: 'x64', machine: 0x3e }
    : { docker: 'linux/arm64', cpu: 'arm64', machine: 0xb7 };

beforeAll(() => {
  for (const file of ['package.json', 'package-lock.json', '.npmrc'])
    copyFileSync(path.join(root, file), path.join(folder, file));
  const args = [
    'ci',
    '--omit',
    'dev',
    '--no-audit',
    '--no-fund',
    '--os',
    'linux',
    '--cpu',
    other.cpu,
    '--libc',
    'glibc',
  ];
  execFileSync('npm', args, { cwd: folder, stdio: 'ignore' });
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true }));

test.each(['rotate-fn', 'clip-fn', 'cutout-fn'])(
  '%s: every native file is for the other processor, and all are there',
  (name) => {
    const out = path.join(folder, name, 'node_modules');
    const trace = path.join(root, 'template/node-ts/trace.mjs');
    const bundle = path.join(root, 'dist', name);
    execFileSync(process.execPath, [trace, bundle, path.join(folder, 'node_modules'), out, other.docker]);
    const files = readdirSync(out, { recursive: true }).map((file) => path.join(out, String(file)));
    const natives = files.filter((file) => /\.node$|\.so(\.|$)/.test(file) && statSync(file).isFile());
    // ELF's e_machine.
    for (const file of natives) expect(readFileSync(file).readUInt16LE(18), file).toBe(other.machine);
    const names = natives.map((file) => path.basename(file)).join(' ');
    expect(names).toMatch(/sharp-linux-\S+\.node/);
    expect(names).toMatch(/libvips-cpp/);
    if (name !== 'rotate-fn') expect(names).toMatch(/onnxruntime_binding.node/);
  },
);

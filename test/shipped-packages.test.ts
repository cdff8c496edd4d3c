import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';

/*
 * Images get the packages that trace.mjs finds in a function's bundle, and no others. Here each bundle runs with those
 * alone, away from this project's node_modules.
 */

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), 'obscura-shipped-'));
const functions = readdirSync(path.join(root, 'functions')).filter((name) => name.endsWith('-fn'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** @returns the folder of a function's bundle, as its image has it */
function ship(name: string): string {
  const app = path.join(folder, name);
  const bundle = path.join(app, 'dist');
  cpSync(path.join(root, 'dist', name), bundle, { recursive: true, dereference: true });
  const modules = ['node_modules', path.join(app, 'node_modules')];
  execFileSync(process.execPath, ['template/node-ts/trace.mjs', bundle, ...modules], { cwd: root });
  return bundle;
}

describe.each(functions)('%s, with the packages of its image', (name) => {
  test('listens, and has what its child processes open pictures with', async () => {
    const bundle = ship(name);
    const env = { PATH: process.env.PATH, http_port: '0' };
    const child = spawn(process.execPath, [path.join(bundle, 'index.js')], { cwd: path.dirname(bundle), env });
    let text = '';
    const listening = new Promise<void>((resolve) => {
      for (const stream of [child.stdout, child.stderr]) {
        stream.on('data', (chunk) => {
          text += chunk;
          if (text.includes('"listening"')) resolve();
        });
      }
    });
    const code = once(child, 'exit').then(([exitCode]) => exitCode as number);
    await Promise.race([listening, code]);
    expect(text).toContain('"listening"');
    child.kill();
    await code;
    if (existsSync(path.join(bundle, 'worker.js'))) {
      expect(readdirSync(path.join(folder, name, 'node_modules'))).toContain('sharp');
    }
  });
});

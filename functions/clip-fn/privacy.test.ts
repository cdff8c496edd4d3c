import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { picture } from '../../test/pictures.ts';

test('classifying leaves nothing behind: no id for the runtime’s maker, no file at all', async () => {
  const home = mkdtempSync(path.join(tmpdir(), 'obscura-home-'));
  const file = fileURLToPath(new URL('../../dist/clip-fn/index.js', import.meta.url));
  const { ORT_DISABLE_TELEMETRY: _, XDG_CACHE_HOME: __, CI: ___, ...inherited } = process.env;
  const child = fork(file, [], {
    env: { ...inherited, HOME: home, http_port: '0' },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let complaints = '';
  child.stderr?.on('data', (chunk) => {
    complaints += chunk;
  });
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  const body = new Uint8Array(await picture(90, 60).jpeg().toBuffer());
  const response = await fetch(`http://127.0.0.1:${port}/?labels=cat,dog`, { method: 'POST', body });
  expect(response.status).toBe(200);
  child.kill();
  await once(child, 'exit');
  expect(complaints).toBe('');
  expect(readdirSync(home, { recursive: true })).toEqual([]);
  rmSync(home, { recursive: true });
});

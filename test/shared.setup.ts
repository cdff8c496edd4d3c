import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { BrowserServer } from 'playwright-core';
import type { TestProject } from 'vitest/node';
import type { SharedKind } from './shared.ts';
import { type System, startSystem } from './system.ts';

/* What several files of tests use together: each part starts when the first file asks for it, and ends with the run. */

const SETTINGS: Record<SharedKind, Record<string, string>> = {
  plain: {},
  page: { INTAKE_URL_NETWORKS: '127.0.0.0/8' },
};

interface Started extends System {
  /** Of its object store. */
  folder: string;
}

async function start(kind: SharedKind): Promise<Started> {
  const folder = mkdtempSync(path.join(tmpdir(), `obscura-${kind}-`));
  const system = await startSystem({ STORE_URL: `file:${folder}`, ...SETTINGS[kind] });
  const stop = async () => {
    const code = await system.stop();
    rmSync(folder, { recursive: true, force: true });
    return code;
  };
  return { ...system, folder, stop };
}

/** Each file of tests runs in a process of its own; `shared.ts` asks from there, over HTTP. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const systems = new Map<SharedKind, Promise<Started>>();
  let browser: Promise<BrowserServer> | undefined;

  async function answer(asked: string): Promise<unknown> {
    if (asked === '/browser') {
      browser ??= import('./browser.ts').then(({ startBrowserServer }) => startBrowserServer());
      return (await browser).wsEndpoint();
    }
    const [, kind, what] = asked.split('/') as [string, SharedKind, string?];
    if (!systems.has(kind)) systems.set(kind, start(kind));
    const { url, authorization, folder, output } = (await systems.get(kind)) as Started;
    return what === 'output' ? output() : { url, authorization, folder };
  }

  const server = createServer((request, response) => {
    answer(request.url ?? '').then(
      (found) => response.end(JSON.stringify(found)),
      (error: Error) => response.writeHead(500).end(JSON.stringify(error.message)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  project.provide('shared', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);

  return async () => {
    server.closeAllConnections();
    server.close();
    const ends = [...systems.values()].map((system) => system.then(({ stop }) => stop()));
    await Promise.allSettled([...ends, browser?.then((one) => one.close())]);
  };
}

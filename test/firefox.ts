import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { vi } from 'vitest';

/* Firefox as distributions ship it, driven by Marionette, its protocol: playwright-core wants a build of its own. */

export const FIREFOX =
  process.env.FIREFOX ?? ['/usr/bin/firefox-esr', '/usr/bin/firefox'].find((file) => existsSync(file));

export interface Firefox {
  open(address: string): Promise<void>;
  /** Runs the body of a function in the page; what it returns must be JSON. */
  run<T>(body: string): Promise<T>;
  close(): Promise<void>;
}

const START = { timeout: 60_000 };

/** Starts it with a profile of its own, headless. */
export async function openFirefox(): Promise<Firefox> {
  const profile = mkdtempSync(path.join(tmpdir(), 'obscura-firefox-'));
  const prefs = { 'marionette.port': 0, 'datareporting.policy.dataSubmissionEnabled': false, 'app.update.auto': false };
  const lines = Object.entries(prefs).map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${value});`);
  writeFileSync(path.join(profile, 'user.js'), lines.join('\n'));
  const args = ['--headless', '--marionette', '--no-remote', '--profile', profile, 'about:blank'];
  const browser = spawn(FIREFOX ?? '', args, { stdio: 'ignore', env: { ...process.env, HOME: profile } });
  const portFile = path.join(profile, 'MarionetteActivePort');
  await vi.waitUntil(() => existsSync(portFile) && readFileSync(portFile, 'utf8') !== '', START);
  const socket = connect(Number(readFileSync(portFile, 'utf8')), '127.0.0.1');
  const send = marionette(socket);
  await send('WebDriver:NewSession', {});
  return {
    open: async (url) => void (await send('WebDriver:Navigate', { url })),
    run: async (script) => (await send('WebDriver:ExecuteScript', { script, args: [] })).value as never,
    close: () => end(browser, socket, profile),
  };
}

type Send = (command: string, parameters: object) => Promise<{ value?: unknown }>;

/** Messages are JSON with their length before them: `[0, id, command, parameters]`, `[1, id, error, result]`. */
function marionette(socket: Socket): Send {
  const waiting = new Map<number, { resolve(result: object): void; reject(error: Error): void }>();
  let rest = Buffer.alloc(0);
  let id = 0;
  socket.on('data', (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    for (let colon = rest.indexOf(':'); colon > 0; colon = rest.indexOf(':')) {
      const length = Number(rest.toString('latin1', 0, colon));
      if (rest.length < colon + 1 + length) return;
      const message = JSON.parse(rest.toString('utf8', colon + 1, colon + 1 + length));
      rest = rest.subarray(colon + 1 + length);
      // The first message is a greeting.
      if (!Array.isArray(message)) continue;
      const [, answered, error, result] = message;
      if (error) waiting.get(answered)?.reject(new Error(error.message));
      else waiting.get(answered)?.resolve(result ?? {});
    }
  });
  return (command, parameters) =>
    new Promise((resolve, reject) => {
      id += 1;
      waiting.set(id, { resolve, reject });
      const text = JSON.stringify([0, id, command, parameters]);
      socket.write(`${Buffer.byteLength(text)}:${text}`);
    });
}

async function end(browser: ChildProcess, socket: Socket, profile: string): Promise<void> {
  socket.destroy();
  if (browser.exitCode === null) {
    browser.kill();
    await once(browser, 'exit');
  }
  rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
}

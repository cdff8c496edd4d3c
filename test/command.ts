import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { picture } from './pictures.ts';
import { type SharedSystem, sharedSystem } from './shared.ts';

/** The bundle of the command. */
export const COMMAND = fileURLToPath(new URL('../dist/cli/index.js', import.meta.url));

/** The command against the whole system. */
export interface CommandFixture {
  readonly system: SharedSystem;
  /** Where the command runs; new for each test, with `cat.jpg`, which is `jpeg`. */
  readonly folder: string;
  readonly jpeg: Buffer;
  /** Starts the command. @param gateway in place of the system's address */
  begin(args: string[], gateway?: string): ChildProcess;
  /** Runs the command to its end. */
  obscura(args: string[], options?: { input?: Buffer; gateway?: string }): Promise<CommandResult>;
  /** What a function answers when it is called directly; it must be 200. @param query such as `rotate-fn?angle=90` */
  rest(query: string, body: Buffer): Promise<Buffer>;
  /** The content of a file of `folder`. */
  read(name: string): Buffer;
}

export interface CommandResult {
  code: number;
  stdout: Buffer;
  /** `stdout` as text. */
  out: string;
  err: string;
}

/** Prepares the command for the tests of a file: it registers their hooks. */
export function commandFixture(): CommandFixture {
  const root = mkdtempSync(path.join(tmpdir(), 'obscura-cli-'));
  let system: SharedSystem;
  let folder: string;
  let jpeg: Buffer;
  beforeAll(async () => {
    system = await sharedSystem();
    jpeg = await picture(90, 60).jpeg({ quality: 95 }).toBuffer();
  });
  afterAll(() => rmSync(root, { recursive: true }));
  beforeEach(() => {
    folder = mkdtempSync(path.join(root, 'case-'));
    writeFileSync(path.join(folder, 'cat.jpg'), jpeg);
  });
  const begin = (args: string[], gateway = system.url): ChildProcess => {
    const env = { ...process.env, OBSCURA_GATEWAY: gateway, npm_lifecycle_event: '' };
    return spawn(process.execPath, [COMMAND, ...args], { cwd: folder, env, stdio: ['pipe', 'pipe', 'pipe'] });
  };
  return {
    get system() {
      return system;
    },
    get folder() {
      return folder;
    },
    get jpeg() {
      return jpeg;
    },
    begin,
    obscura: (args, { input, gateway } = {}) => finished(begin(args, gateway), input),
    rest: (query, body) => answerOf(`${system.url}/function/${query}`, body),
    read: (name) => readFileSync(path.join(folder, name)),
  };
}

async function finished(child: ChildProcess, input: Buffer | undefined): Promise<CommandResult> {
  child.stdin?.end(input);
  const [stdout, stderr, [code]] = await Promise.all([
    buffer(child.stdout as NonNullable<typeof child.stdout>),
    buffer(child.stderr as NonNullable<typeof child.stderr>),
    once(child, 'exit'),
  ]);
  return { code: code as number, stdout, out: String(stdout), err: String(stderr) };
}

async function answerOf(url: string, body: Buffer): Promise<Buffer> {
  const response = await fetch(url, { method: 'POST', body: new Uint8Array(body) });
  expect(response.status).toBe(200);
  return Buffer.from(await response.arrayBuffer());
}

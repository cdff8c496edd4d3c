import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, test, vi } from 'vitest';
import { commandFixture } from './command.ts';

/* What the command says when something goes wrong. */

// Functions start from nothing, on machines that may be busy.
vi.setConfig({ testTimeout: 60_000 });

const cli = commandFixture();
const { begin, obscura, read } = cli;

describe('what goes wrong', () => {
  test.each([
    ['an unknown command', ['rotat', 'cat.jpg'], /unknown command 'rotat'/],
    ['an unknown option', ['rotate', '--angel', '3', 'cat.jpg'], /Did you mean --angle/],
    ['no picture', ['rotate'], /There is no picture/],
    ['two ways to name the gateway', ['rotate', '--gateway', 'http://x', '--port', '1', 'cat.jpg'], /cannot be/],
    ['a gateway that is no address', ['rotate', '--gateway', 'x:y', 'cat.jpg'], /not an http or https address/],
  ])('%s ends with 2', async (_, args, words) => {
    const { code, err } = await obscura(args);
    expect(code).toBe(2);
    expect(err).toMatch(words);
  });

  test('a wrong value is refused in the function’s words, a missing file in ours', async () => {
    const wrong = await obscura(['rotate', '--background', 'reddish', 'cat.jpg']);
    expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining('it must be a colour')]);
    expect(await obscura(['classify', 'nope.jpg'])).toMatchObject({
      code: 1,
      err: 'nope.jpg: There is no such file.\n',
    });
  });

  test('no gateway there', async () => {
    const { code, err } = await obscura(['classify', 'cat.jpg', '--tries', '1'], { gateway: 'http://127.0.0.1:9' });
    expect(code).toBe(1);
    expect(err).toContain('No gateway answers at http://127.0.0.1:9. Start one with "obscura start"');
  });

  test('a busy function is tried again', async () => {
    let calls = 0;
    const server = createServer(async (request, response) => {
      await buffer(request);
      if (++calls === 1) response.writeHead(429).end('busy');
      else
        response.writeHead(200, { 'content-type': 'image/png', 'x-image-width': 1, 'x-image-height': 1 }).end('done');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const { code } = await obscura(['rotate', 'cat.jpg', '-o', 'x.png', '--port', String(port)]);
    server.close();
    expect([code, calls, String(read('x.png'))]).toEqual([0, 2, 'done']);
  });

  test('Ctrl-C ends with 130 and leaves no half files', async () => {
    const server = createServer(() => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const child = begin(['rotate', 'cat.jpg', '-o', 'out/'], `http://127.0.0.1:${port}`);
    await once(server, 'request');
    child.kill('SIGINT');
    expect((await once(child, 'exit'))[0]).toBe(130);
    server.closeAllConnections();
    server.close();
    expect(readdirSync(cli.folder)).toEqual(['cat.jpg']);
  });
});

test('names and values that cannot be are a wrong command line: status 2, nothing written', async () => {
  for (const [args, said] of [
    [['resize', '--width', '9', 'cat.jpg', 'out.gif'], /"out.gif" cannot be written/],
    [['resize', '--width', '9', 'cat.jpg', 'out.bmp'], /"out.bmp" cannot be written/],
    [['rotate', 'cat.jpg', '-o', 'out.heic', '--format', 'png'], /"out.heic" cannot be written/],
    [['rotate', '--angle=abc', 'cat.jpg'], /--angle is "abc"; it must be a number/],
    [['rotate', '--angle=3601', 'cat.jpg'], /--angle is "3601"; it must be a number from -3600 to 3600/],
    [['rotate', '--direction=left', 'cat.jpg'], /--direction is "left"; it must be one of/],
  ] as [string[], RegExp][]) {
    const { code, err } = await obscura(args);
    expect([args, code]).toEqual([args, 2]);
    expect(err).toMatch(said);
  }
  expect(readdirSync(cli.folder)).toEqual(['cat.jpg']);
});

test('pictures of a folder that are not read are named', async () => {
  for (const name of ['a.heic', 'b.BMP', 'notes.txt']) writeFileSync(path.join(cli.folder, name), 'x');
  const { code, err } = await obscura(['gray', '.', '-o', 'out/']);
  expect([code, err]).toEqual([0, expect.stringMatching(/a\.heic: skipped: HEIC.*\n.*b\.BMP: skipped: BMP/)]);
  expect(readdirSync(path.join(cli.folder, 'out'))).toEqual(['cat.jpg']);
});

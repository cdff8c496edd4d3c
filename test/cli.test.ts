import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import sharp from 'sharp';
import { describe, expect, test, vi } from 'vitest';
import { COMMAND, commandFixture } from './command.ts';
import { picture, pixelsOf } from './pictures.ts';

/* The command as people call it: its bundle in a process of its own, the whole system behind it. */

// Functions start from nothing, on machines that may be busy.
vi.setConfig({ testTimeout: 60_000 });

const cli = commandFixture();
const { obscura, read, rest } = cli;

describe('transforms', () => {
  test('IN OUT, the format by the name; the bytes are those of the function', async () => {
    const { code, out } = await obscura(['resize', '--width', '45', 'cat.jpg', 'small.webp']);
    expect([code, out]).toEqual([0, 'small.webp  45×30\n']);
    expect(read('small.webp').equals(await rest('resize-fn?width=45&format=webp', cli.jpeg))).toBe(true);
  });

  test('a negative angle; the result stands beside its picture', async () => {
    expect((await obscura(['rotate', 'cat.jpg', '--angle', '-90'])).code).toBe(0);
    expect(read('cat-rotate.jpg').equals(await rest('rotate-fn?angle=270', cli.jpeg))).toBe(true);
  });

  test('stdin to stdout, byte for byte', async () => {
    const { code, stdout } = await obscura(['gray', '-', '-o', '-'], { input: cli.jpeg });
    expect(code).toBe(0);
    expect(stdout.equals(await rest('grayscale-fn', cli.jpeg))).toBe(true);
  });

  test('any chain, and an operation without a function of its own', async () => {
    const chain = 'rotate:90;flip;pixelate:8';
    await obscura(['transform', '--chain', chain, 'cat.jpg', '-o', 'chain.png']);
    expect(read('chain.png').equals(await rest(`transform-fn?chain=${chain}&format=png`, cli.jpeg))).toBe(true);
    await obscura(['pixelate', '--size', '8', 'cat.jpg', '-o', 'coarse.png']);
    expect(read('coarse.png').equals(await rest('transform-fn?chain=pixelate:size=8&format=png', cli.jpeg))).toBe(true);
  });

  test('a folder into a folder: many at once, the broken one fails alone', async () => {
    mkdirSync(path.join(cli.folder, 'photos', 'deep'), { recursive: true });
    for (let i = 0; i < 9; i++) {
      writeFileSync(
        path.join(cli.folder, 'photos', `p${i}.jpg`),
        await picture(40 + i, 30)
          .jpeg()
          .toBuffer(),
      );
    }
    writeFileSync(path.join(cli.folder, 'photos', 'deep', 'q.png'), await picture(20, 10).png().toBuffer());
    writeFileSync(path.join(cli.folder, 'photos', 'p4.jpg'), 'not a picture');
    const { code, out, err } = await obscura(['rotate', 'photos', '-o', 'out', '-j', '3', '--json']);
    expect(code).toBe(1);
    expect(err).toContain(`${path.join('photos', 'p4.jpg')}: This is text`);
    expect(err).toContain('9 done, 1 failed');
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toHaveLength(10);
    expect(lines.find(({ picture }) => picture.endsWith('p4.jpg')).error.code).toBe('not-a-picture');
    expect(lines.find(({ picture }) => picture.endsWith('p7.jpg'))).toMatchObject({ width: 30, height: 47 });
    expect(readdirSync(path.join(cli.folder, 'out'), { recursive: true })).toHaveLength(10);
    expect(await pixelsOf(read('out/deep/q.png'))).toMatchObject({ width: 10, height: 20 });
  });

  test('a pattern that no shell has read', async () => {
    mkdirSync(path.join(cli.folder, 'photos', 'deep'), { recursive: true });
    for (const name of ['a.jpg', 'b.png', 'deep/c.jpg']) writeFileSync(path.join(cli.folder, 'photos', name), cli.jpeg);
    const { code, err } = await obscura(['rotate', 'photos/**/*.jpg', '-o', 'out']);
    expect([code, err]).toEqual([0, expect.stringContaining('2 done, 0 failed')]);
    expect(readdirSync(path.join(cli.folder, 'out'), { recursive: true }).sort()).toEqual([
      'a.jpg',
      'deep',
      'deep/c.jpg',
    ]);
    expect((await obscura(['rotate', 'photos/*.tiff'])).code).toBe(2);
  });

  test('nothing is overwritten without --force', async () => {
    const before = createHash('sha256').update(read('cat.jpg')).digest('hex');
    const refused = await obscura(['rotate', 'cat.jpg', '-o', 'cat.jpg']);
    expect([refused.code, refused.err]).toEqual([1, 'cat.jpg: cat.jpg exists; --force overwrites it.\n']);
    expect(createHash('sha256').update(read('cat.jpg')).digest('hex')).toBe(before);
    expect((await obscura(['rotate', 'cat.jpg', '-o', 'cat.jpg', '-f'])).code).toBe(0);
    expect(await sharp(read('cat.jpg')).metadata()).toMatchObject({ width: 60, height: 90 });
  });

  test('facts are printed, not written', async () => {
    const { code, out } = await obscura(['info', 'cat.jpg']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ picture: 'cat.jpg', width: 90, height: 60 });
    expect(readdirSync(cli.folder)).toEqual(['cat.jpg']);
  });
});

describe('pipeline', () => {
  const steps = 'rotate:90;grayscale;classify:labels=cat|dog|car';
  const names = ['rotate', 'grayscale', 'classify'];

  test('labels, the time of each step, and the last picture', async () => {
    const { code, out, err } = await obscura(['pipeline', '--steps', steps, 'cat.jpg', '-o', 'out']);
    expect(code).toBe(0);
    const [title, ...lines] = out.trimEnd().split('\n');
    expect(title).toBe('cat.jpg → out/cat.jpg');
    expect(lines.pop()).toMatch(/^ {2}rotate \d+, grayscale \d+, classify \d+; \d+ ms in total$/);
    const label = /^( +\d+\.\d\d % {2}(cat|dog|car)| {2}(Not sure; best guess: .*|Probably none of these))$/;
    expect(lines).not.toEqual([]);
    expect(lines.filter((line) => !label.test(line))).toEqual([]);
    expect(err).toMatch(/^rotate +1( +\d+(\.\d)?){3}$/m);
    const query = `pipeline-fn?output=picture&steps=${encodeURIComponent(steps)}`;
    expect(read('out/cat.jpg').equals(await rest(query, cli.jpeg))).toBe(true);
    const json = await obscura(['pipeline', '-s', steps, 'cat.jpg', '--json', '-q']);
    expect(JSON.parse(json.out).steps.map(({ name }: { name: string }) => name)).toEqual(names);
  });

  test('a results folder holds pictures, the timeline of the whole run and its latencies', async () => {
    mkdirSync(path.join(cli.folder, 'photos'));
    for (let i = 0; i < 3; i++) writeFileSync(path.join(cli.folder, 'photos', `p${i}.jpg`), cli.jpeg);
    writeFileSync(path.join(cli.folder, 'photos', 'broken.jpg'), 'not a picture');
    const run = ['pipeline', '-s', steps, 'photos', '-o', 'out', '-j', '1'];
    expect((await obscura(run)).code).toBe(1);
    const pictures = ['p0.jpg', 'p1.jpg', 'p2.jpg'];
    expect(readdirSync(path.join(cli.folder, 'out')).sort()).toEqual(
      ['latency.csv', 'latency.md', ...pictures, 'timeline.png', 'timeline.svg'].sort(),
    );
    const lines = String(read('out/latency.csv')).trim().split('\r\n');
    expect(lines).toHaveLength(1 + 3 * 3);
    // One after the other on one clock.
    const starts = lines.filter((line) => line.includes(',rotate,')).map((line) => Number(line.split(',')[3]));
    expect(starts).toEqual([...starts].sort((a, b) => a - b));
    expect(starts[2]).toBeGreaterThan((starts[0] ?? 0) + 5);
    expect(String(read('out/latency.md'))).toContain('| rotate | rotate-fn | 3 | 0 |');
    expect(String(read('out/timeline.svg')).match(/<rect x=/g)).toHaveLength(2 * 3 * 3);
    expect(await sharp(read('out/timeline.png')).metadata()).toMatchObject({ format: 'png' });
    const again = await obscura(run);
    expect([again.code, again.err]).toEqual([2, expect.stringContaining('timeline.svg exists; --force overwrites it')]);
    expect((await obscura([...run, '--force'])).code).toBe(1);
  });
});

describe('what there is', () => {
  test('model, label sets, the page, and a doctor who finds all well', async () => {
    const { out: model } = await obscura(['model']);
    expect(model).toMatch(/^ {2}id +clip-mini$/m);
    expect(model).toMatch(/^ {2}input +\d+ × \d+ pixels$/m);
    expect(model.split('\n').filter((line) => line.length > 100)).toEqual([]);
    expect(JSON.parse((await obscura(['model', '--json'])).out)).toMatchObject({ id: 'clip-mini' });
    expect((await obscura(['model', '--card'])).out).toBe(readFileSync('models/clip-mini/README.md', 'utf8'));
    expect((await obscura(['label-sets'])).out).toMatch(/^everyday +390 labels {2}\(the default\)$/m);
    expect((await obscura(['open', '--print'])).out).toBe(`${cli.system.url}/function/frontend-fn/\n`);
    const { code, out } = await obscura(['doctor']);
    expect([code, out.match(/ok, \d+ ms/g)?.length]).toEqual([0, 8]);
  });

  test('models are those of this machine; an install that cannot be ends with its own status', async () => {
    expect((await obscura(['models'])).out).toMatch(/^clip-mini +clip +installed/m);
    const none = await obscura(['models', 'install', 'nothing', '--from', cli.folder]);
    expect([none.code, none.err]).toEqual([2, expect.stringContaining('nothing')]);
  });
});

/** util-linux's, which gives a program a terminal. */
const hasTerminal = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0;

test.skipIf(!hasTerminal)('at a terminal, progress stands on a line that the summary replaces', async () => {
  mkdirSync(path.join(cli.folder, 'photos'));
  for (const name of ['a', 'b', 'c', 'd']) writeFileSync(path.join(cli.folder, 'photos', `${name}.jpg`), cli.jpeg);
  const env = { ...process.env, OBSCURA_GATEWAY: cli.system.url };
  const line = `"${process.execPath}" "${COMMAND}" rotate photos -o out`;
  const child = spawn('script', ['-qec', line, '/dev/null'], {
    cwd: cli.folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [printed, [code]] = await Promise.all([buffer(child.stdout), once(child, 'exit')]);
  expect([code, String(printed)]).toEqual([0, expect.stringMatching(/\r\u001b\[K█{6}░{18} 1 of 4/)]);
  expect(String(printed)).toMatch(/\r\u001b\[K4 done, 0 failed, in [\d.]+ s\r\n$/);
});

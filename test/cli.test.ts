import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { picture, pixelsOf } from './pictures.ts';
import { type SharedSystem, sharedSystem } from './shared.ts';

/* The command as people call it: its bundle in a process of its own, the whole system behind it. */

// Functions start from nothing, on machines that may be busy.
vi.setConfig({ testTimeout: 60_000 });

const command = fileURLToPath(new URL('../dist/cli/index.js', import.meta.url));
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

function begin(args: string[], gateway = system.url): ChildProcess {
  const env = { ...process.env, OBSCURA_GATEWAY: gateway, npm_lifecycle_event: '' };
  return spawn(process.execPath, [command, ...args], { cwd: folder, env, stdio: ['pipe', 'pipe', 'pipe'] });
}

async function obscura(args: string[], { input, gateway }: { input?: Buffer; gateway?: string } = {}) {
  const child = begin(args, gateway);
  child.stdin?.end(input);
  const [stdout, stderr, [code]] = await Promise.all([
    buffer(child.stdout as NonNullable<typeof child.stdout>),
    buffer(child.stderr as NonNullable<typeof child.stderr>),
    once(child, 'exit'),
  ]);
  return { code: code as number, stdout, out: String(stdout), err: String(stderr) };
}

const rest = async (query: string, body: Buffer) => {
  const response = await fetch(`${system.url}/function/${query}`, { method: 'POST', body: new Uint8Array(body) });
  expect(response.status).toBe(200);
  return Buffer.from(await response.arrayBuffer());
};
const read = (name: string) => readFileSync(path.join(folder, name));

describe('transforms', () => {
  test('IN OUT, the format by the name; the bytes are those of the function', async () => {
    const { code, out } = await obscura(['resize', '--width', '45', 'cat.jpg', 'small.webp']);
    expect([code, out]).toEqual([0, 'small.webp  45×30\n']);
    expect(read('small.webp').equals(await rest('resize-fn?width=45&format=webp', jpeg))).toBe(true);
  });

  test('a negative angle; the result stands beside its picture', async () => {
    expect((await obscura(['rotate', 'cat.jpg', '--angle', '-90'])).code).toBe(0);
    expect(read('cat-rotate.jpg').equals(await rest('rotate-fn?angle=270', jpeg))).toBe(true);
  });

  test('stdin to stdout, byte for byte', async () => {
    const { code, stdout } = await obscura(['gray', '-', '-o', '-'], { input: jpeg });
    expect(code).toBe(0);
    expect(stdout.equals(await rest('grayscale-fn', jpeg))).toBe(true);
  });

  test('any chain, and an operation without a function of its own', async () => {
    const chain = 'rotate:90;flip;pixelate:8';
    await obscura(['transform', '--chain', chain, 'cat.jpg', '-o', 'chain.png']);
    expect(read('chain.png').equals(await rest(`transform-fn?chain=${chain}&format=png`, jpeg))).toBe(true);
    await obscura(['pixelate', '--size', '8', 'cat.jpg', '-o', 'coarse.png']);
    expect(read('coarse.png').equals(await rest('transform-fn?chain=pixelate:size=8&format=png', jpeg))).toBe(true);
  });

  test('a folder into a folder: many at once, the broken one fails alone', async () => {
    mkdirSync(path.join(folder, 'photos', 'deep'), { recursive: true });
    for (let i = 0; i < 9; i++) {
      writeFileSync(
        path.join(folder, 'photos', `p${i}.jpg`),
        await picture(40 + i, 30)
          .jpeg()
          .toBuffer(),
      );
    }
    writeFileSync(path.join(folder, 'photos', 'deep', 'q.png'), await picture(20, 10).png().toBuffer());
    writeFileSync(path.join(folder, 'photos', 'p4.jpg'), 'not a picture');
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
    expect(readdirSync(path.join(folder, 'out'), { recursive: true })).toHaveLength(10);
    expect(await pixelsOf(read('out/deep/q.png'))).toMatchObject({ width: 10, height: 20 });
  });

  test('a pattern that no shell has read', async () => {
    mkdirSync(path.join(folder, 'photos', 'deep'), { recursive: true });
    for (const name of ['a.jpg', 'b.png', 'deep/c.jpg']) writeFileSync(path.join(folder, 'photos', name), jpeg);
    const { code, err } = await obscura(['rotate', 'photos/**/*.jpg', '-o', 'out']);
    expect([code, err]).toEqual([0, expect.stringContaining('2 done, 0 failed')]);
    expect(readdirSync(path.join(folder, 'out'), { recursive: true }).sort()).toEqual(['a.jpg', 'deep', 'deep/c.jpg']);
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
    expect(readdirSync(folder)).toEqual(['cat.jpg']);
  });
});

describe('classify', () => {
  /** A photo that every model is sure of. */
  const tabby = new URL('../functions/frontend-fn/page/samples/cat.jpg', import.meta.url);
  beforeEach(() => copyFileSync(tabby, path.join(folder, 'tabby.jpg')));

  test('percentages with two decimals, best first, that add up', async () => {
    const { code, out } = await obscura(['classify', 'tabby.jpg', '--labels', 'cat,dog,car', '--min-cosine', '0']);
    expect(code).toBe(0);
    const [name, ...rows] = out.trimEnd().split('\n');
    expect(name).toBe('tabby.jpg');
    const found = rows.map((row) => /^ +(\d+\.\d\d) % {2}(cat|dog|car)$/.exec(row));
    expect(new Set(found.map((row) => row?.[2]))).toEqual(new Set(['cat', 'dog', 'car']));
    const shares = found.map((row) => Number(row?.[1]));
    expect(shares).toEqual([...shares].sort((a, b) => b - a));
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(100, 1);
  });

  test('cat against dog is one line with both', async () => {
    const { code, out } = await obscura(['classify', 'tabby.jpg', '--labels', 'cat,dog', '--min-cosine', '0']);
    const [, first, one, second, other] = /^tabby\.jpg: (\d+\.\d\d) % (\w+), (\d+\.\d\d) % (\w+)\n$/.exec(out) ?? [];
    expect([code, [one, other].sort()]).toEqual([0, ['cat', 'dog']]);
    expect(Number(first) + Number(second)).toBeCloseTo(100, 1);
  });

  test('JSON and CSV say what the function says', async () => {
    writeFileSync(path.join(folder, 'labels.txt'), 'car\ndog, asleep\n\n"=cat"\n');
    const options = ['--labels-file', 'labels.txt', '--min-cosine', '0', 'cat.jpg'];
    const labels = encodeURIComponent('["car","dog, asleep","\\"=cat\\""]');
    const expected = JSON.parse(String(await rest(`clip-fn?labels=${labels}&minCosine=0`, jpeg)));
    const { out } = await obscura(['classify', '--json', ...options]);
    expect(JSON.parse(out)).toMatchObject({ picture: 'cat.jpg', model: expected.model, labels: expected.labels });
    const rows = (await obscura(['classify', '--csv', ...options])).out.trim().split('\r\n');
    expect(rows[0]).toBe('picture,rank,label,score,cosine,state,unknown');
    expect(rows).toHaveLength(4);
    expect(rows.some((row) => row.includes(',"dog, asleep",'))).toBe(true);
  });

  describe('by example', () => {
    const samples = new URL('../functions/frontend-fn/page/samples/', import.meta.url);
    const part = (name: string, left: number) =>
      sharp(readFileSync(new URL(`${name}.jpg`, samples)))
        .extract({ left, top: 0, width: 200, height: 200 })
        .toBuffer();
    beforeEach(async () => {
      for (const name of ['cat', 'rocket']) {
        const own = path.join(folder, 'kinds', name);
        mkdirSync(path.join(own, 'deep'), { recursive: true });
        writeFileSync(path.join(own, 'a.jpg'), await part(name, 0));
        writeFileSync(path.join(own, 'deep', 'b.jpg'), await part(name, 60));
        writeFileSync(path.join(folder, `${name}.jpg`), await part(name, 30));
      }
    });

    test('each subfolder is a class; labels are words for the classes', async () => {
      const args = ['classify', '--examples', 'kinds', 'cat.jpg', 'rocket.jpg', '--json', '-q'];
      const { code, out, err } = await obscura(args);
      expect([code, err]).toEqual([0, '']);
      const lines = out.trimEnd().split('\n');
      const seen = lines.map((line) => JSON.parse(line));
      expect(seen.map(({ labels, state }) => [labels[0].label, state])).toEqual([
        ['cat', 'sure'],
        ['rocket', 'sure'],
      ]);
      const words = await obscura([...args, '--labels', 'rocket,cat']);
      const [first] = words.out.trimEnd().split('\n');
      const { labels, timings } = JSON.parse(first as string);
      expect(labels[0].label).toBe('cat');
      expect(timings).toHaveProperty('text');
    });

    test('what is wrong with the examples is said before anything else is done', async () => {
      const ask = (...args: string[]) => obscura(['classify', 'cat.jpg', ...args]);
      expect(await ask('--examples', 'nowhere')).toMatchObject({ code: 2, err: expect.stringContaining('nowhere') });
      expect(await ask('--examples', 'kinds/cat')).toMatchObject({ code: 2, err: expect.stringContaining('it has 1') });
      mkdirSync(path.join(folder, 'kinds', 'empty'));
      expect(await ask('--examples', 'kinds')).toMatchObject({ code: 2, err: expect.stringContaining('kinds/empty') });
      writeFileSync(path.join(folder, 'kinds', 'empty', 'letter.jpg'), 'Dear reader');
      expect(await ask('--examples', 'kinds')).toMatchObject({
        code: 1,
        out: '',
        err: expect.stringMatching(/^The example kinds\/empty\/letter\.jpg: This is text/),
      });
      expect(await obscura(['classify', '--examples', 'kinds'])).toMatchObject({ code: 2 });
    });
  });

  test('a CSV has the state, and no name or label becomes a formula', async () => {
    copyFileSync(tabby, path.join(folder, '=1+1.jpg'));
    const ask = async (...args: string[]) => {
      const { code, out } = await obscura(['classify', '--csv', '-q', ...args, '=1+1.jpg']);
      expect(code).toBe(0);
      const [head, ...rows] = out.trimEnd().split('\r\n');
      expect(head).toBe('picture,rank,label,score,cosine,state,unknown');
      return rows;
    };
    expect(await ask('-l', 'tabby cat,@x')).toEqual([
      expect.stringMatching(/^'=1\+1\.jpg,1,tabby cat,[\d.]+,[\d.]+,sure,false$/),
      expect.stringMatching(/^'=1\+1\.jpg,2,'@x,/),
    ]);
    expect((await ask('-l', 'tractor', '--min-cosine', '0.99'))[0]).toMatch(/,none,true$/);
  });

  describe('search', () => {
    const samples = new URL('../functions/frontend-fn/page/samples/', import.meta.url);
    beforeEach(async () => {
      mkdirSync(path.join(folder, 'photos', 'deep'), { recursive: true });
      for (const name of ['cat', 'rocket']) {
        copyFileSync(new URL(`${name}.jpg`, samples), path.join(folder, 'photos', 'deep', `${name}.jpg`));
      }
      // More than one batch holds.
      for (let i = 0; i < 20; i++) {
        await picture(40 + i, 40)
          .jpeg()
          .toFile(path.join(folder, 'photos', `=p${i}.jpg`));
      }
    });

    test('pictures by words, the most similar first, as text, JSON and CSV', async () => {
      const { out, code, err } = await obscura(['search', 'a cat', 'photos', '--top', '3']);
      expect([code, err]).toEqual([0, expect.stringMatching(/^22 done, 0 failed, in [\d.]+ s\n$/)]);
      const rows = out.trimEnd().split('\n');
      expect(rows).toHaveLength(3);
      expect(rows[0]).toMatch(/^0\.\d{3} {2}photos\/deep\/cat\.jpg$/);
      const lines = (await obscura(['search', 'a rocket', 'photos', '--json', '-q'])).out.trimEnd().split('\n');
      const found = lines.map((line) => JSON.parse(line) as { rank: number; picture: string; cosine: number });
      expect(found.map(({ rank }) => rank)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      expect(found[0]?.picture).toBe('photos/deep/rocket.jpg');
      expect(found.map(({ cosine }) => cosine)).toEqual(found.map(({ cosine }) => cosine).sort((a, b) => b - a));
      const table = (await obscura(['search', 'a rocket', 'photos', '--csv', '-q', '--top', '99'])).out.trimEnd();
      const [head, first, ...more] = table.split('\r\n');
      expect([head, first]).toEqual(['rank,picture,cosine', `1,photos/deep/rocket.jpg,${found[0]?.cosine}`]);
      expect(more).toHaveLength(21);
      // Each has the cosine that it has alone.
      const alone = await obscura(['search', 'a rocket', 'photos/deep/rocket.jpg', '--json', '-q']);
      expect(JSON.parse(alone.out).cosine).toBe(found[0]?.cosine);
    });

    test('a picture that fails does not affect those of its batch; nothing to look for is a usage error', async () => {
      writeFileSync(path.join(folder, 'photos', 'letter.jpg'), 'Dear reader');
      const { code, out, err } = await obscura(['search', 'a cat', 'photos', '--json']);
      expect([code, err]).toEqual([1, expect.stringContaining('photos/letter.jpg: This is text')]);
      expect(err).toContain('22 done, 1 failed');
      const lines = out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(lines[0]).toMatchObject({ picture: 'photos/letter.jpg', error: { code: 'not-a-picture' } });
      expect(lines[1]).toMatchObject({ rank: 1, picture: 'photos/deep/cat.jpg' });
      expect((await obscura(['search'])).code).toBe(2);
      expect((await obscura(['search', 'a cat'])).code).toBe(2);
      expect((await obscura(['search', 'a cat', 'photos', '--top', '0'])).code).toBe(2);
    });

    test('pictures that a gateway refuses together are sent alone', async () => {
      const sizes: number[] = [];
      const server = createServer(async (request, response) => {
        const body = await buffer(request);
        sizes.push(body.length);
        const isBatch = request.headers['content-type'] === 'application/json';
        if (isBatch) response.writeHead(413).end('too large');
        else response.end(JSON.stringify({ model: 'm', pictures: [{ index: 0, cosine: body.length / 1e6 }] }));
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo;
      const { code, out } = await obscura(['search', 'a cat', 'photos', '--port', String(port), '--top', '99', '-q']);
      server.close();
      expect([code, out.trimEnd().split('\n')]).toEqual([0, expect.objectContaining({ length: 22 })]);
      expect(sizes.length).toBeGreaterThan(22);
    });
  });

  test('embeddings of a picture and of texts', async () => {
    const { out } = await obscura(['embed', 'cat.jpg', '--text', 'a cat']);
    const [text, image] = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(text.text).toBe('a cat');
    expect(image.embedding).toHaveLength(text.embedding.length);
    expect(Math.hypot(...image.embedding)).toBeCloseTo(1, 4);
    // Texts that go as JSON, because a query would part them.
    const parted = await obscura(['embed', '--text', 'a cat, asleep', '--text', 'x'.repeat(900)]);
    expect([parted.code, parted.out.trim().split('\n').length]).toEqual([0, 2]);
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
    expect(lines.pop()).toMatch(/^ {2}rotate \d+, grayscale \d+, classify \d+; \d+ ms in all$/);
    const label = /^( +\d+\.\d\d % {2}(cat|dog|car)| {2}(Not sure; best guess: .*|Probably none of these))$/;
    expect(lines).not.toEqual([]);
    expect(lines.filter((line) => !label.test(line))).toEqual([]);
    expect(err).toMatch(/^rotate +1( +\d+(\.\d)?){3}$/m);
    const query = `pipeline-fn?output=picture&steps=${encodeURIComponent(steps)}`;
    expect(read('out/cat.jpg').equals(await rest(query, jpeg))).toBe(true);
    const json = await obscura(['pipeline', '-s', steps, 'cat.jpg', '--json', '-q']);
    expect(JSON.parse(json.out).steps.map(({ name }: { name: string }) => name)).toEqual(names);
  });

  test('a results folder holds pictures, the timeline of the whole run and its latencies', async () => {
    mkdirSync(path.join(folder, 'photos'));
    for (let i = 0; i < 3; i++) writeFileSync(path.join(folder, 'photos', `p${i}.jpg`), jpeg);
    writeFileSync(path.join(folder, 'photos', 'broken.jpg'), 'not a picture');
    const run = ['pipeline', '-s', steps, 'photos', '-o', 'out', '-j', '1'];
    expect((await obscura(run)).code).toBe(1);
    const pictures = ['p0.jpg', 'p1.jpg', 'p2.jpg'];
    expect(readdirSync(path.join(folder, 'out')).sort()).toEqual(
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
    expect(model).toMatch(/^ {2}sees +\d+ × \d+ pixels$/m);
    expect(model.split('\n').filter((line) => line.length > 100)).toEqual([]);
    expect(JSON.parse((await obscura(['model', '--json'])).out)).toMatchObject({ id: 'clip-mini' });
    expect((await obscura(['model', '--card'])).out).toBe(readFileSync('models/clip-mini/README.md', 'utf8'));
    expect((await obscura(['label-sets'])).out).toMatch(/^everyday +390 labels {2}\(the default\)$/m);
    expect((await obscura(['open', '--print'])).out).toBe(`${system.url}/function/frontend-fn/\n`);
    const { code, out } = await obscura(['doctor']);
    expect([code, out.match(/ok, \d+ ms/g)?.length]).toEqual([0, 8]);
  });

  test('models are those of this machine; an install that cannot be ends with its own status', async () => {
    expect((await obscura(['models'])).out).toMatch(/^clip-mini +clip +installed/m);
    const none = await obscura(['models', 'install', 'nothing', '--from', folder]);
    expect([none.code, none.err]).toEqual([2, expect.stringContaining('nothing')]);
  });
});

/** util-linux's, which gives a program a terminal. */
const hasTerminal = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0;

test.skipIf(!hasTerminal)('at a terminal, progress stands on a line that the summary replaces', async () => {
  mkdirSync(path.join(folder, 'photos'));
  for (const name of ['a', 'b', 'c', 'd']) writeFileSync(path.join(folder, 'photos', `${name}.jpg`), jpeg);
  const env = { ...process.env, OBSCURA_GATEWAY: system.url };
  const line = `"${process.execPath}" "${command}" rotate photos -o out`;
  const child = spawn('script', ['-qec', line, '/dev/null'], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [printed, [code]] = await Promise.all([buffer(child.stdout), once(child, 'exit')]);
  expect([code, String(printed)]).toEqual([0, expect.stringMatching(/\r\u001b\[K█{6}░{18} 1 of 4/)]);
  expect(String(printed)).toMatch(/\r\u001b\[K4 done, 0 failed, in [\d.]+ s\r\n$/);
});

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
    expect(readdirSync(folder)).toEqual(['cat.jpg']);
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
  expect(readdirSync(folder)).toEqual(['cat.jpg']);
});

test('pictures of a folder that are not read are named', async () => {
  for (const name of ['a.heic', 'b.BMP', 'notes.txt']) writeFileSync(path.join(folder, name), 'x');
  const { code, err } = await obscura(['gray', '.', '-o', 'out/']);
  expect([code, err]).toEqual([0, expect.stringMatching(/a\.heic: skipped: HEIC.*\n.*b\.BMP: skipped: BMP/)]);
  expect(readdirSync(path.join(folder, 'out'))).toEqual(['cat.jpg']);
});

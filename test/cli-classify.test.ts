import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import sharp from 'sharp';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { commandFixture } from './command.ts';
import { picture } from './pictures.ts';

/* The command's classify, search and embed. */

// Functions start from nothing, on machines that may be busy.
vi.setConfig({ testTimeout: 60_000 });

const cli = commandFixture();
const { obscura, rest } = cli;

describe('classify', () => {
  /** A photo that every model is sure of. */
  const tabby = new URL('../functions/frontend-fn/page/samples/cat.jpg', import.meta.url);
  beforeEach(() => copyFileSync(tabby, path.join(cli.folder, 'tabby.jpg')));

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
    writeFileSync(path.join(cli.folder, 'labels.txt'), 'car\ndog, asleep\n\n"=cat"\n');
    const options = ['--labels-file', 'labels.txt', '--min-cosine', '0', 'cat.jpg'];
    const labels = encodeURIComponent('["car","dog, asleep","\\"=cat\\""]');
    const expected = JSON.parse(String(await rest(`clip-fn?labels=${labels}&minCosine=0`, cli.jpeg)));
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
        const own = path.join(cli.folder, 'kinds', name);
        mkdirSync(path.join(own, 'deep'), { recursive: true });
        writeFileSync(path.join(own, 'a.jpg'), await part(name, 0));
        writeFileSync(path.join(own, 'deep', 'b.jpg'), await part(name, 60));
        writeFileSync(path.join(cli.folder, `${name}.jpg`), await part(name, 30));
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
      mkdirSync(path.join(cli.folder, 'kinds', 'empty'));
      expect(await ask('--examples', 'kinds')).toMatchObject({ code: 2, err: expect.stringContaining('kinds/empty') });
      writeFileSync(path.join(cli.folder, 'kinds', 'empty', 'letter.jpg'), 'Dear reader');
      expect(await ask('--examples', 'kinds')).toMatchObject({
        code: 1,
        out: '',
        err: expect.stringMatching(/^The example kinds\/empty\/letter\.jpg: This is text/),
      });
      expect(await obscura(['classify', '--examples', 'kinds'])).toMatchObject({ code: 2 });
    });
  });

  test('a CSV has the state, and no name or label becomes a formula', async () => {
    copyFileSync(tabby, path.join(cli.folder, '=1+1.jpg'));
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
      mkdirSync(path.join(cli.folder, 'photos', 'deep'), { recursive: true });
      for (const name of ['cat', 'rocket']) {
        copyFileSync(new URL(`${name}.jpg`, samples), path.join(cli.folder, 'photos', 'deep', `${name}.jpg`));
      }
      // More than one batch holds.
      for (let i = 0; i < 20; i++) {
        await picture(40 + i, 40)
          .jpeg()
          .toFile(path.join(cli.folder, 'photos', `=p${i}.jpg`));
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
      writeFileSync(path.join(cli.folder, 'photos', 'letter.jpg'), 'Dear reader');
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

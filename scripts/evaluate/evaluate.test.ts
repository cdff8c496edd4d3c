import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readSamples } from './data.ts';
import { measure, type Verdict } from './measure.ts';

const verdict = (truth: string, said: string, score: number, more: Partial<Verdict> = {}): Verdict => ({
  truth,
  best: [{ label: said, score }, ...['x', 'y', 'z', truth].map((label) => ({ label, score: 0 }))],
  unknown: false,
  ...more,
});

describe('figures', () => {
  test('top-1, top-5, balanced, by class, with what is mistaken for what', () => {
    const far = { truth: 'dog', best: [{ label: 'cat', score: 0.9 }], unknown: false };
    const figures = measure([...Array(6).fill(verdict('cat', 'cat', 0.9)), verdict('dog', 'cat', 0.9), far], 5);
    expect(figures).toMatchObject({ pictures: 8, labels: 5, top1: 0.75, top5: 0.875, balanced: 0.5 });
    expect(figures.classes).toEqual([
      { label: 'cat', pictures: 6, top1: 1, top5: 1, takenFor: undefined },
      { label: 'dog', pictures: 2, top1: 0, top5: 0.5, takenFor: { label: 'cat', times: 2 } },
    ]);
    expect(figures.confusions).toEqual([{ truth: 'dog', said: 'cat', times: 2 }]);
  });

  test('calibration: nothing when scores are what they say, the gap when they boast', () => {
    const honest = [...Array(3).fill(verdict('a', 'a', 0.75)), verdict('a', 'b', 0.75)];
    expect(measure(honest, 2).ece).toBeCloseTo(0, 9);
    const boasting = [...Array(5).fill(verdict('a', 'a', 1)), ...Array(5).fill(verdict('a', 'b', 1))];
    expect(measure(boasting, 2).ece).toBeCloseTo(0.5, 9);
    // Two bins, weighted by how many are in them: 0.25 × |1 − 0.9| + 0.75 × |0 − 0.3|.
    expect(measure([verdict('a', 'a', 0.9), ...Array(3).fill(verdict('a', 'b', 0.3))], 2).ece).toBeCloseTo(0.25, 9);
  });

  test('any of a picture’s names', () => {
    const broad = verdict('poodle', 'dog', 0.9, { alsoRight: ['dog', 'animal'] });
    expect(measure([broad, verdict('cat', 'dog', 0.9)], 5)).toMatchObject({ top1: 0, any1: 0.5, any5: 1 });
  });

  test('what is called unknown, and how the rest does', () => {
    const figures = measure([verdict('a', 'a', 0.5), verdict('a', 'b', 0.5, { unknown: true })], 2);
    expect(figures).toMatchObject({ unknown: 0.5, top1: 0.5, top1OfKnown: 1 });
  });
});

describe('pictures and runs', () => {
  let folder: string;
  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'evaluate-'));
    for (const [label, background] of Object.entries({ red: '#f01010', dark_green: '#10f010', blue: '#1010f0' })) {
      mkdirSync(path.join(folder, label));
      const create = { width: 40, height: 40, channels: 3 as const, background };
      for (const name of ['a.png', 'b.jpg']) await sharp({ create }).toFile(path.join(folder, label, name));
    }
    writeFileSync(path.join(folder, 'red', 'notes.txt'), 'no picture');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** The list of two pictures that lie one after another in one file, as `training/` writes them. */
  function writeList(): string {
    const [a, b] = ['red/a.png', 'blue/b.jpg'].map((file) => readFileSync(path.join(folder, file)));
    writeFileSync(path.join(folder, 'all.bin'), Buffer.concat([a!, b!]));
    const lines = [
      { file: 'all.bin', offset: 0, length: a!.length, source: 'one', labels: ['scarlet', 'red'] },
      { file: 'all.bin', offset: a!.length, length: b!.length, source: 'two', labels: ['blue'] },
      { file: 'red/b.jpg', source: 'two', label: 'red' },
    ];
    const list = path.join(folder, 'list.jsonl.gz');
    writeFileSync(list, gzipSync(lines.map((line) => JSON.stringify(line)).join('\n')));
    return list;
  }

  test('a folder of folders; a list into one file', async () => {
    const samples = await readSamples(folder);
    expect(samples.map(({ labels }) => labels[0]).sort()).toEqual(
      ['blue', 'dark green', 'red'].flatMap((label) => [label, label]),
    );
    const listed = await readSamples(writeList());
    expect(listed.map(({ set, labels }) => [set, labels[0]])).toEqual([
      ['one', 'scarlet'],
      ['two', 'blue'],
      ['two', 'red'],
    ]);
    expect((await listed[1]!.read()).equals(readFileSync(path.join(folder, 'blue/b.jpg')))).toBe(true);
  });

  test('a folder of pictures that are named by what they show; an array; sentences', async () => {
    const named = mkdtempSync(path.join(folder, 'named-'));
    writeFileSync(path.join(named, 'acoustic-guitar.jpg'), '');
    writeFileSync(path.join(named, 'README.md'), '');
    expect((await readSamples(named)).map(({ labels }) => labels)).toEqual([['acoustic guitar']]);
    const entries = [
      { file: 'red/a.png', texts: ['a red square'] },
      { file: 'blue/b.jpg', labels: ['blue'] },
    ];
    writeFileSync(path.join(folder, 'list.json'), JSON.stringify(entries));
    const [first, second] = await readSamples(path.join(folder, 'list.json'));
    expect(first).toMatchObject({ labels: [], texts: ['a red square'] });
    expect(second).toMatchObject({ labels: ['blue'] });
    expect(second).not.toHaveProperty('texts');
    writeFileSync(path.join(folder, 'list.json'), '{"file": "red/a.png"}');
    await expect(readSamples(path.join(folder, 'list.json'))).rejects.toThrow(/not a JSON array/);
  });

  test.each(['{"file": 7, "labels": ["a"]}', '{"file": "a.png", "texts": 7}', 'no JSON'])(
    'a line that is wrong: %s',
    async (line) => {
      writeFileSync(path.join(folder, 'list.jsonl'), `{"file": "a", "label": "b"}\n${line}\n`);
      await expect(readSamples(path.join(folder, 'list.jsonl'))).rejects.toThrow(/^Line 2 of .* cannot be used/);
    },
  );

  /** The command in a process of its own, with the hand-made colour model. */
  async function run(...args: string[]) {
    const root = fileURLToPath(new URL('../..', import.meta.url));
    const env = { PATH: process.env.PATH, CLIP_MODELS: path.join(root, 'src/clip/fixtures/models') };
    const child = spawn(process.execPath, ['scripts/run.mjs', 'evaluate', ...args], { cwd: root, env });
    const text = { out: '', err: '' };
    child.stdout.on('data', (chunk) => (text.out += chunk));
    child.stderr.on('data', (chunk) => (text.err += chunk));
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    return { ...text, code };
  }

  test('a report of a list, by set, in Markdown and JSON', async () => {
    const out = path.join(folder, 'report');
    const { code, err } = await run('--data', writeList(), '--labels', 'red,green,blue', '--out', out);
    expect(err).toMatch(/^\rone: 1 of 1/);
    expect(code).toBe(0);
    expect(readFileSync(`${out}.md`, 'utf8')).toMatch(/\| two \| 2 \| 3 \| 100\.0 \| 100\.0 \|/);
    const { model, sets } = JSON.parse(readFileSync(`${out}.json`, 'utf8'));
    expect(model.id).toBe('tiny-clip');
    expect(sets.one).toMatchObject({ pictures: 1, top1: 1, classes: [{ label: 'red', pictures: 1 }] });
  });

  test('a suite: each kind of set, its figures beside their bars', async () => {
    const [red, green] = ['red/a.png', 'dark_green/a.png'];
    const list = [
      { file: red, labels: ['red'], texts: ['red'] },
      { file: 'red/b.jpg', labels: ['red'] },
      { file: green, labels: ['green'], texts: ['green'] },
      { file: 'dark_green/b.jpg', labels: ['green'] },
      { file: 'blue/a.png', labels: ['blue'] },
      { file: 'blue/b.jpg', labels: ['blue'] },
    ];
    writeFileSync(path.join(folder, 'list.json'), JSON.stringify(list));
    writeFileSync(path.join(folder, 'pairs.json'), JSON.stringify([['red', 'red red']]));
    const of = (kind: string, more: object = {}) => ({ name: `the ${kind}`, kind, data: 'list.json', ...more });
    const sets = [
      of('labels', { bars: { first: '>= 90' } }),
      of('states', { bars: { rightCalledNone: '<= 5' } }),
      of('synonyms', { pairs: 'pairs.json', bars: { same: '>= 99' } }),
      of('search', { bars: { three: '>= 80' } }),
      of('examples', { bars: { absentNotSure: '>= 101' } }),
    ];
    const suite = path.join(folder, 'suite.json');
    writeFileSync(suite, JSON.stringify({ sets }));
    const out = path.join(folder, 'suite.md');
    expect(await run('--suite', suite, '--out', out)).toMatchObject({ code: 0 });
    const report = readFileSync(out, 'utf8');
    expect(report).toContain('| the labels | 6 | first | 100.0 | >= 90 | yes |');
    expect(report).toMatch(/\| the states \| 6 \| rightCalledNone \| [\d.]+ \| <= 5 \| (yes|no) \|/);
    expect(report).toContain('| the synonyms | 6 | same | 100.0 | >= 99 | yes |');
    expect(report).toContain('| the search | 6 | three | 100.0 | >= 80 | yes |');
    expect(report).toMatch(/\| the examples \| 6 \| absentNotSure \| [\d.]+ \| >= 101 \| no \|/);
    const one = await run('--kind', 'search', '--data', path.join(folder, 'list.json'));
    expect(one.out).toMatch(/\| list\.json \| 6 \| three \| 100\.0 \|/);
  });

  test('a usage error ends with 2 and a sentence', async () => {
    expect(await run()).toMatchObject({ code: 2, err: expect.stringMatching(/^Usage/) });
    expect(await run('--data', '/nowhere')).toMatchObject({ code: 2, err: 'There is no /nowhere.\n' });
    const list = writeList();
    expect(await run('--data', list, '--set', 'three')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/one, two/),
    });
    expect(await run('--data', list, '--labelset', 'pets')).toMatchObject({ code: 2 });
    expect(await run('--data', list, '--kind', 'sing')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/search/),
    });
    expect(await run('--suite', '/nowhere')).toMatchObject({ code: 2, err: 'There is no /nowhere.\n' });
    const suite = path.join(folder, 'suite.json');
    writeFileSync(suite, '{"sets": [{"name": "a", "kind": "b", "data": "c"}]}');
    expect(await run('--suite', suite)).toMatchObject({ code: 2, err: expect.stringContaining('sets[0].kind') });
  });
});

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { commandFixture } from './command.ts';
import { picture } from './pictures.ts';

/*
 * The exit statuses of docs/cli.md: 0 all done, 1 something failed and stderr names it, 2 the command line is wrong and
 * nothing was sent or written. 130 is in cli-errors.test.ts.
 */
vi.setConfig({ testTimeout: 120_000 });

const cli = commandFixture();
const { obscura } = cli;
beforeEach(async () => {
  const jpeg = await picture(40, 30).jpeg().toBuffer();
  for (const name of ['cat.jpg', 'dog.jpg', 'there.jpg']) writeFileSync(path.join(cli.folder, name), jpeg);
  mkdirSync(path.join(cli.folder, 'mixed'));
  mkdirSync(path.join(cli.folder, 'unread'));
  writeFileSync(path.join(cli.folder, 'mixed', 'good.jpg'), jpeg);
  writeFileSync(path.join(cli.folder, 'mixed', 'bad.jpg'), jpeg.subarray(0, 300));
  for (const name of ['mixed/c.bmp', 'unread/a.heic', 'unread/b.dng']) writeFileSync(path.join(cli.folder, name), 'x');
});

const files = (): string[] => readdirSync(cli.folder, { recursive: true }).map(String).sort();

test.each<[string, RegExp]>([
  ['--help', /Usage/],
  ['rotate --help', /Usage/],
  ['--version', /^\d/],
  ['rotate cat.jpg', /cat-rotate\.jpg/],
  ['rotate cat.jpg out.png', /out\.png/],
  ['rotate cat.jpg -o out.png --format png', /out\.png/],
  ['rotate cat.jpg dog.jpg -o turned', /turned.*dog\.jpg/],
  ['rotate cat.jpg -o there.jpg --force', /there\.jpg/],
  ['info cat.jpg', /"dominant"/],
  ['info cat.jpg -o facts.json', /facts\.json/],
])('%s ends with 0', async (args, said) => {
  const { code, out, err } = await obscura(args.split(' '));
  expect([code, err.includes('failed') && !err.includes('0 failed')]).toEqual([0, false]);
  expect(out).toMatch(said);
});

test.each<[string, RegExp]>([
  ['rotate nope.jpg', /^nope\.jpg: There is no such file/],
  ['rotate mixed/bad.jpg', /^mixed\/bad\.jpg: The picture breaks off/],
  ['rotate mixed -o out', /mixed\/c\.bmp: skipped(.|\n)*mixed\/bad\.jpg: (.|\n)*1 done, 1 failed/],
  ['rotate unread/a.heic', /^unread\/a\.heic: This is text/],
  ['rotate cat.jpg -o there.jpg', /^cat\.jpg: there\.jpg exists/],
  ['rotate cat.jpg -o dog.jpg/out.jpg', /a part of its path is a file/],
  ['crop --width 9999 cat.jpg', /outside the picture/],
  ['rotate cat.jpg -o out.json', /^cat\.jpg: The result is image\/jpeg; out\.json is the wrong name for it/],
  ['info cat.jpg -o facts.png', /^cat\.jpg: The result is application\/json; facts\.png is the wrong name for it/],
  ['transform --chain convert:format=webp cat.jpg -o out.png', /image\/webp; out\.png is the wrong name for it/],
])('%s ends with 1, and names what failed', async (args, said) => {
  const before = files();
  const { code, err } = await obscura(args.split(' '));
  expect(code).toBe(1);
  expect(err).toMatch(said);
  expect(files().filter((name) => !before.includes(name) && !name.startsWith('out'))).toEqual([]);
  expect(files().some((name) => name.endsWith('.part'))).toBe(false);
});

test.each<[string, RegExp]>([
  ['rotat cat.jpg', /unknown command/],
  ['rotate', /There is no picture/],
  ['rotate --angel 3 cat.jpg', /unknown option/],
  ['rotate --angle', /argument missing/],
  ['rotate --angle=abc cat.jpg', /must be a number/],
  ['rotate --angle= cat.jpg', /must be a number/],
  ['resize --width 10.5 cat.jpg', /must be a whole number/],
  ['resize --width 0 cat.jpg', /from 1 to/],
  ['rotate cat.jpg out.gif', /"out\.gif" cannot be written/],
  ['rotate cat.jpg out.bmp', /"out\.bmp" cannot be written/],
  ['rotate cat.jpg -o out.png --format jpeg', /"out\.png" is the name of a png file, and --format is jpeg/],
  ['rotate cat.jpg dog.jpg -o out.jpg', /"out\.jpg" is the name of one picture/],
  ['rotate cat.jpg dog.jpg -o -', /Only one result can go to stdout/],
  ['rotate unread', /a\.heic: skipped(.|\n)*b\.dng: skipped(.|\n)*There is no picture/],
  ['rotate no*.jpg', /No file matches/],
  ['rotate - -', /can be given once/],
  ['rotate cat.jpg --tries 0', /--tries/],
  ['rotate cat.jpg --timeout soon', /--timeout/],
  ['rotate cat.jpg -j 0', /--jobs/],
  ['rotate cat.jpg --gateway ftp://x', /not an http or https address/],
  ['classify cat.jpg --top x', /--top is "x"; it must be a whole number/],
  ['classify cat.jpg --json --csv', /cannot be used with/],
  ['classify cat.jpg --labels-file nope.txt', /cannot be read/],
  ['search words', /There is no picture/],
  ['embed', /There is no picture/],
])('%s ends with 2, and writes nothing', async (args, said) => {
  const before = files();
  const { code, out, err } = await obscura(args.split(' '));
  expect([code, out]).toEqual([2, '']);
  expect(err).toMatch(said);
  expect(files()).toEqual(before);
});

test('docs/cli.md and the help say so', async () => {
  const docs = readFileSync(new URL('../docs/cli.md', import.meta.url), 'utf8');
  expect(docs).toMatch(/Exit status\*\*: 0 all done, 1 something failed, 2 the command line is wrong/);
  expect((await obscura(['--help'])).out).toContain('Exit status: 0 all done, 1 something failed');
});

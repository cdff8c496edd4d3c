import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

/* Links, files and scripts that the documentation names exist. */
const root = fileURLToPath(new URL('..', import.meta.url));
const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: root })
  .toString()
  .split('\n')
  .filter(Boolean);
const pages = tracked.filter((file) => file.endsWith('.md') && existsSync(path.join(root, file)));
const textOf = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const prose = (file: string): string => textOf(file).replaceAll(/^\s*```.*?^\s*```/gms, '');
/** Files that recipes make. */
const MADE = /posterize|postcard|seasons/;

/** Anchors as GitHub makes them of headings. */
function anchorsOf(file: string): string[] {
  return [...prose(file).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

test('every link leads to a file, and to a heading where it names one', () => {
  const broken = pages.flatMap((page) =>
    [...prose(page).matchAll(/\]\((?!https?:|mailto:)([^)\s#]*)(?:#([^)\s]*))?\)/g)]
      .filter(([, target = '', anchor]) => {
        const file = target === '' ? page : path.join(path.dirname(page), target);
        if (!existsSync(path.join(root, file))) return true;
        return anchor !== undefined && file.endsWith('.md') && !anchorsOf(file).includes(anchor);
      })
      .map(([link]) => `${page}: ${link}`),
  );
  expect(broken).toEqual([]);
});

test('every source file that is named exists', () => {
  const unknown = pages.flatMap((page) =>
    [...prose(page).matchAll(/`([\w.-]+(?:\/[\w.-]+)+\.(?:ts|mjs|py|sh|proto|ya?ml))`/g)]
      .map(([, name = '']) => name)
      .filter((name) => !MADE.test(name) && !tracked.some((file) => file === name || file.endsWith(`/${name}`)))
      .map((name) => `${page}: ${name}`),
  );
  expect(unknown).toEqual([]);
});

test('every file that ARCHITECTURE.md names exists, by its name alone too', () => {
  const names = [...prose('ARCHITECTURE.md').matchAll(/`([\w.-]+\.(?:ts|mjs|sh))`/g)].map(([, name = '']) => name);
  expect(names.length).toBeGreaterThan(20);
  expect(names.filter((name) => !tracked.some((file) => path.basename(file) === name))).toEqual([]);
});

test('every npm script that is named exists', () => {
  const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };
  const unknown = pages.flatMap((page) =>
    [...textOf(page).matchAll(/npm run (?:-s )?([a-z][\w:-]*)/g)]
      .map(([, name = '']) => name)
      .filter((name) => !Object.hasOwn(scripts, name))
      .map((name) => `${page}: npm run ${name}`),
  );
  expect(unknown).toEqual([]);
});

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

interface Entry {
  optionalDependencies?: Record<string, string>;
  resolved?: string;
  integrity?: string;
  version?: string;
}

const { packages } = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8')) as {
  packages: Record<string, Entry>;
};
const installed = Object.entries(packages).filter(([name]) => name !== '');

test('the lockfile holds every platform’s packages, so that npm ci works everywhere', () => {
  const missing = installed.flatMap(([parent, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !(`node_modules/${name}` in packages || `${parent}/node_modules/${name}` in packages),
    ),
  );
  expect(missing).toEqual([]);
});

test('every package is pinned by hash and none by address', () => {
  expect(installed.filter(([, entry]) => !entry.integrity).map(([name]) => name)).toEqual([]);
  expect(installed.filter(([, entry]) => entry.resolved).map(([name]) => name)).toEqual([]);
});

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Entry, licencesOf, licenceTable } from './licences.ts';

const lockfile = new URL('../../package-lock.json', import.meta.url);
const wrong = (packages: Record<string, Entry>): string[] =>
  licencesOf(packages).flatMap((one) => (one.wrong ? [one.name] : []));

test('what npm installs is permissive, or known and told', () => {
  expect(wrong(JSON.parse(readFileSync(lockfile, 'utf8')).packages)).toEqual([]);
});

test('docs/security.md lists them', () => {
  const docs = readFileSync(new URL('../../docs/security.md', import.meta.url), 'utf8');
  expect(docs).toContain(licenceTable(licencesOf(JSON.parse(readFileSync(lockfile, 'utf8')).packages)));
});

test('what is neither is found', () => {
  expect(wrong({ '': {}, 'node_modules/a': { license: 'GPL-3.0' }, 'node_modules/b': {} })).toEqual(['a', 'b']);
  expect(wrong({ 'node_modules/x/node_modules/@y/z': { license: 'MIT AND GPL-3.0' } })).toEqual(['@y/z']);
  expect(wrong({ 'node_modules/c': { license: '(MIT OR GPL-2.0)' } })).toEqual([]);
  // Fine for tests, not in what is shipped.
  expect(wrong({ 'node_modules/axe-core': { license: 'MPL-2.0', dev: true } })).toEqual([]);
  expect(wrong({ 'node_modules/axe-core': { license: 'MPL-2.0' } })).toEqual(['axe-core']);
});

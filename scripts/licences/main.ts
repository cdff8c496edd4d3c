import { readFileSync } from 'node:fs';
import { type Licensed, licencesOf } from './licences.ts';

/*
 * The licences of everything that npm installs, as Markdown: npm run licences. Exit status 1 when one is neither
 * permissive nor known.
 */
const { packages } = JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8'));
const all = licencesOf(packages);

const groups = new Map<string, Licensed[]>();
for (const one of all) groups.set(one.licence, [...(groups.get(one.licence) ?? []), one]);

console.log('| packages | licence | |\n|---|---|---|');
for (const [licence, some] of [...groups].sort(([, a], [, b]) => b.length - a.length)) {
  const names = new Set(some.map(({ name }) => name));
  console.log(`| ${names.size} | ${licence} | ${[...new Set(some.flatMap(({ why }) => why ?? []))].join('; ')} |`);
}
for (const { name, licence } of all.filter(({ wrong }) => wrong)) {
  console.error(`${name} is under ${licence}: use another, or say in scripts/licences/licences.ts why it may stay.`);
  process.exitCode = 1;
}

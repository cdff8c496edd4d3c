import { readFileSync } from 'node:fs';
import { licencesOf, licenceTable } from './licences.ts';

/* Prints the licences of everything that npm installs. Exit status 1 if one is neither permissive nor known. */
const { packages } = JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8'));
const all = licencesOf(packages);

console.log(licenceTable(all));
for (const { name, licence } of all.filter(({ wrong }) => wrong)) {
  console.error(`${name} is under ${licence}: use another, or say in scripts/licences/licences.ts why it may stay.`);
  process.exitCode = 1;
}

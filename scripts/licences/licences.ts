/** A package in the lockfile. */
export interface Entry {
  license?: string;
  version?: string;
  dev?: boolean;
}

export interface Licensed {
  name: string;
  licence: string;
  /** Why a licence that requires more than a notice is acceptable. */
  why?: string;
  /** Neither permissive nor known. */
  wrong: boolean;
}

/** Licences that require a notice at most. */
const PERMISSIVE = [
  'MIT',
  'ISC',
  '0BSD',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'Python-2.0',
  'PSF-2.0',
];

interface Known {
  name: RegExp;
  licence: string;
  why: string;
  /** Acceptable only if nothing but tests and builds uses it. */
  devOnly?: boolean;
}

/** Packages with other licences. */
const KNOWN: Known[] = [
  {
    name: /^@img\/sharp-(libvips-|wasm32$|win32-)/,
    licence: 'LGPL-3.0-or-later',
    why:
      'libvips and what it is linked with: a shared library beside sharp, unchanged, ' +
      'that anyone may replace by their own',
  },
  {
    name: /^(axe-core|lightningcss(-.*)?)$/,
    licence: 'MPL-2.0',
    why: 'unchanged, used by tests alone, in no image',
    devOnly: true,
  },
];

/** The licence of every package in a lockfile. */
export function licencesOf(packages: Record<string, Entry>): Licensed[] {
  return Object.entries(packages)
    .filter(([place]) => place !== '')
    .map(([place, { license, dev = false }]) => {
      const name = place.replace(/^.*node_modules\//, '');
      const licence = license ?? 'none';
      const unusual = termsOf(licence).filter((term) => !PERMISSIVE.includes(term));
      if (unusual.length === 0) return { name, licence, wrong: false };
      const known = KNOWN.find((one) => one.name.test(name) && (dev || !one.devOnly));
      const fine = known !== undefined && unusual.every((term) => term === known.licence);
      return { name, licence, wrong: !fine, ...(fine && { why: known.why }) };
    });
}

/** The licences as Markdown: how many packages have each, and why unusual ones are acceptable. */
export function licenceTable(all: Licensed[]): string {
  const groups = new Map<string, Licensed[]>();
  for (const one of all) groups.set(one.licence, [...(groups.get(one.licence) ?? []), one]);
  const rows = [...groups]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([licence, some]) => {
      const names = new Set(some.map(({ name }) => name));
      return `| ${names.size} | ${licence} | ${[...new Set(some.flatMap(({ why }) => why ?? []))].join('; ')} |`;
    });
  return ['| packages | licence | |', '|---|---|---|', ...rows].join('\n');
}

/** The licences to comply with: of `(MIT OR GPL-2.0)` only MIT, of `A AND B` both. */
function termsOf(licence: string): string[] {
  const choices = licence
    .replace(/[()]/g, '')
    .split(' OR ')
    .map((choice) => choice.split(' AND ').map((term) => term.trim()));
  return choices.find((terms) => terms.every((term) => PERMISSIVE.includes(term))) ?? (choices[0] as string[]);
}

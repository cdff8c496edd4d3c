// biome-ignore-all lint/suspicious/noTemplateCurlyInString: substitutions are what is tested
import { describe, expect, it } from 'vitest';
import { SubstitutionError, substitute } from './envsubst.ts';

const variables: Record<string, string> = { A: 'alpha/beta', EMPTY: '', C: 'x', FILE: 'a.b.tar.gz', U: 'ünï' };
const run = (text: string) => substitute(text, (name) => variables[name] ?? '');

// Expected values were seen from the library that faas-cli uses (drone/envsubst v1.0.3).
describe('substitute', () => {
  it.each([
    ['${C}', 'x'],
    ['a ${C} b ${UNSET} c', 'a x b  c'],
    ['${UNSET:-d}', 'd'],
    ['${EMPTY:-d}', 'd'],
    ['${C:-d}', 'x'],
    ['${UNSET:=d}', 'd'],
    ['${UNSET=d}', 'd'],
    ['${UNSET:-}', ''],
    ['${UNSET:-http://gateway.openfaas:8080}', 'http://gateway.openfaas:8080'],
    ['${UNSET:-${EMPTY:-${C}}!}', 'x!'],
    ['${UNSET:-a\\\\b}', 'a\\\\b'],
    ['$C costs $5', '$C costs $5'],
    ['$${C}', '${C}'],
    ['$$', '$'],
    ['$$${C}', '$x'],
    ['a\\\\b\\/c\\n', 'a\\b/c\\n'],
    ['${#A}', '10'],
    ['${#U}', '5'],
    ['${A^}', 'Alpha/beta'],
    ['${A^^}', 'ALPHA/BETA'],
    ['${A^^,}', undefined],
    ['${A:6}', 'beta'],
    ['${A:0:5}', 'alpha'],
    ['${A:-4}', 'alpha/beta'],
    ['${A:99}', ''],
    ['${A/a/b}', 'blpha/beta'],
    ['${A//a/}', 'lph/bet'],
    ['${A/#alpha/z}', 'z/beta'],
    ['${A/%beta/$&}', 'alpha/$&'],
    ['${A/%beta/}', 'alpha/beta'],
    ['${A/\\//-}', 'alpha-beta'],
    ['${FILE#*.}', 'b.tar.gz'],
    ['${FILE##*.}', 'gz'],
    ['${FILE%.*}', 'a.b.tar'],
    ['${FILE%%.*}', 'a'],
    ['${FILE#[ab].}', 'b.tar.gz'],
    ['${FILE#?}', '.b.tar.gz'],
    ['${FILE#z}', 'a.b.tar.gz'],
  ])('%s → %s', (text, expected) => {
    if (expected === undefined) expect(() => run(text)).toThrow(SubstitutionError);
    else expect(run(text)).toBe(expected);
  });

  it.each([
    '${A-d}',
    '${A+d}',
    '${A:?e}',
    '${A:+d}',
    '${A',
    '${}',
    '${ A}',
    '${A }',
    '${A:-d',
    '${A#}',
    '${A/x}',
    '${A:}',
  ])('refuses %s, naming the line', (text) => {
    try {
      run(`one: 1\ntwo: ${text}\n`);
    } catch (error) {
      expect(error).toBeInstanceOf(SubstitutionError);
      expect((error as SubstitutionError).line).toBe(2);
      expect((error as SubstitutionError).message).toContain(text.slice(0, 3));
      return;
    }
    expect.unreachable();
  });

  it('takes a value for what it is, never for another expression', () => {
    expect(substitute('${A} ${B:-${A}}', (name) => (name === 'A' ? '${B}$$\\\\' : ''))).toBe('${B}$$\\\\ ${B}$$\\\\');
  });
});

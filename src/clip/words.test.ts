import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadLabelsets } from './labelsets.ts';
import { readPrompt, sentences } from './prompts.ts';
import { Vocabulary } from './vocabulary.ts';

describe('prompts', () => {
  test('a name, a text with {}, a list, a list as JSON', () => {
    expect(readPrompt().templates).toEqual(['a photo of a {}']);
    expect(readPrompt('none').templates).toEqual(['{}']);
    expect(readPrompt('ensemble').templates).toHaveLength(8);
    expect(readPrompt('red, {} and blue').templates).toEqual(['red, {} and blue']);
    expect(readPrompt(['a {}', 'the {}', 'a {}']).templates).toEqual(['a {}', 'the {}']);
    expect(readPrompt('["a {}","the {}"]').templates).toEqual(['a {}', 'the {}']);
    expect(readPrompt('[{}]').templates).toEqual(['[{}]']);
  });

  test('equal prompts have equal keys, others do not', () => {
    expect(readPrompt('a photo of a {}').key).toBe(readPrompt('photo').key);
    expect(readPrompt(['a {}', 'b {}']).key).not.toBe(readPrompt('a {}').key);
  });

  test.each([
    ['a photo'],
    [''],
    [['a {}', 'no slot']],
    [`{}${'x'.repeat(200)}`],
    [Array.from({ length: 81 }, (_, i) => `${i} {}`)],
    ['constructor'],
  ])('refuses %j', (option) => {
    expect(() => readPrompt(option)).toThrow(expect.objectContaining({ code: 'option-invalid' }));
  });

  test('a label goes in as it is, in every slot', () => {
    expect(sentences(readPrompt('{} or {}'), '$& {x}')).toEqual(['$& {x} or $& {x}']);
  });
});

describe('vocabulary', () => {
  const vocabulary = new Vocabulary('Cat\ndog\nberry\nwolf\nfox\nglasses\ncafé\nice-cream\n');

  test.each([
    ['cat', []],
    ['CATS and dogs', ['and']],
    ['berries', []],
    ['wolves, foxes', []],
    ['a glass', ['a']],
    ['cafe\u0301s', []],
    ['ice cream', []],
    ['axolotl', ['axolotl']],
    ['cat-o-nine', ['o', 'nine']],
    ['🙂', ['🙂']],
  ])('%s', (label, words) => {
    expect(vocabulary.unfamiliar(label)).toEqual(words);
    expect(vocabulary.unfamiliar(label)).toEqual(words);
  });
});

describe('label sets', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'labelsets-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const put = (name: string, text: string) => writeFileSync(path.join(folder, name), text);

  test('five come along', () => {
    const counts = [...loadLabelsets().values()].map(({ name, labels }) => [name, labels.length]);
    expect(counts).toEqual([
      ['cats-dogs', 2],
      ['cifar10', 10],
      ['cifar100', 100],
      ['everyday', 390],
      ['imagenet1k', 1000],
    ]);
  });

  test('an operator’s folder adds and replaces', () => {
    put('birds.txt', '\ufeff# of the garden\nrobin\n\n great tit # blue ones too\r\n');
    put('trees.json', '{"title": "Trees", "labels": ["oak", "ash"]}');
    put('cifar10.json', '["only one"]');
    put('notes.md', 'not a label set');
    const sets = loadLabelsets(folder);
    expect(sets.get('birds')).toEqual({ name: 'birds', title: 'birds', labels: ['robin', 'great tit'] });
    expect(sets.get('trees')).toEqual({ name: 'trees', title: 'Trees', labels: ['oak', 'ash'] });
    expect(sets.get('cifar10')?.labels).toEqual(['only one']);
    expect(sets.size).toBe(loadLabelsets().size + 2);
  });

  test.each([
    ['empty.txt', '# nothing\n', /empty\.txt.*0 labels/],
    ['long.txt', 'x'.repeat(201), /long\.txt.*label 1/],
    ['many.txt', 'x\n'.repeat(2001), /many\.txt.*2001 labels/],
    ['bad.json', '{"labels": "cat"}', /bad\.json.*list/],
    ['broken.json', '[', /broken\.json/],
    ['numbers.json', '["a", 7]', /numbers\.json.*label 2/],
    ['what is this.txt', 'x', /what is this\.txt.*name/],
  ])('%s is refused at start-up, by name', (name, text, words) => {
    put(name, text);
    expect(() => loadLabelsets(folder)).toThrow(words);
  });

  test('a folder that is not there', () => {
    expect(() => loadLabelsets(path.join(folder, 'nowhere'))).toThrow();
  });
});

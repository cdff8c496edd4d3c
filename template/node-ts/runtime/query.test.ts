import { describe, expect, it } from 'vitest';
import { parseFlat, parseNested, QUERY_RULES } from './query.ts';

const plain = (text: string) => parseNested(text, QUERY_RULES, () => ({}));

describe('parseNested', () => {
  it.each([
    ['a=1', { a: '1' }],
    ['a', { a: '' }],
    ['', {}],
    ['&&a=1&', { a: '1' }],
    ['=1', {}],
    ['a=1=2', { a: '1=2' }],
    ['a=1&a=2&a=3', { a: ['1', '2', '3'] }],
    ['a=x+y%21&b=%E2%82%AC', { a: 'x y!', b: '€' }],
    ['a=100%&b=%ff', { a: '100%', b: '%ff' }],
    ['a[b]=1', { a: { b: '1' } }],
    ['a%5Bb%5D=1', { a: { b: '1' } }],
    ['a[b][c]=1&a[b][d]=2', { a: { b: { c: '1', d: '2' } } }],
    ['a[b]=1&a[b]=2', { a: { b: ['1', '2'] } }],
    ['a[]=1&a[]=2', { a: ['1', '2'] }],
    ['a[]=1', { a: ['1'] }],
    ['a[1]=y&a[0]=x', { a: ['x', 'y'] }],
    ['a[15]=y&a[1]=x', { a: ['x', 'y'] }],
    ['a[21]=x', { a: { 21: 'x' } }],
    ['a[01]=x', { a: { '01': 'x' } }],
    ['a[][b]=1&a[][b]=2', { a: [{ b: '1' }, { b: '2' }] }],
    ['a[]=1&a[b]=2', { a: { 0: '1', b: '2' } }],
    ['a=1&a[b]=2', { a: { 0: '1', b: '2' } }],
    ['0=a&1=b', { 0: 'a', 1: 'b' }],
    ['[a]=1', { a: '1' }],
    ['a[b=1', { 'a[b': '1' }],
    ['a]b=1', { 'a]b': '1' }],
    ['a[b]c=1', { 'a[b]c': '1' }],
    ['a[b][c][d][e][f][g][h]=1', { a: { b: { c: { d: { e: { f: { '[g][h]': '1' } } } } } } }],
    ['hasOwnProperty=1', { hasOwnProperty: '1' }],
  ])('%s', (text, expected) => {
    expect(plain(text)).toEqual(expected);
  });

  it('sets no prototype, by whatever way', () => {
    const values = plain('__proto__=1&__proto__[a]=1&a[__proto__][b]=1&a[constructor][prototype][b]=1');
    expect(Object.keys(values)).toEqual(['a']);
    expect(Object.getPrototypeOf(values)).toBe(Object.prototype);
    expect(({} as { a?: string; b?: string }).b).toBeUndefined();
  });

  it('reads as many pairs as the rules allow, however many come', () => {
    expect(Object.keys(plain(Array.from({ length: 5000 }, (_, i) => `a${i}=`).join('&')))).toHaveLength(1000);
  });
});

describe('parseFlat', () => {
  it('knows repetition and no brackets', () => {
    expect({ ...parseFlat('a[b]=1&c=2&c=3+4&d') }).toEqual({ 'a[b]': '1', c: ['2', '3 4'], d: '' });
  });

  it('has no prototype to pollute or to trip over', () => {
    const values = parseFlat('__proto__=x&toString=y');
    expect(Object.getPrototypeOf(values)).toBeNull();
    expect({ ...values }).toEqual({ toString: 'y' });
  });
});

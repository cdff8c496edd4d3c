import { afterEach, describe, expect, test, vi } from 'vitest';
import { readSteps } from './steps.ts';

afterEach(() => vi.unstubAllEnvs());

const brief = (text: string) => readSteps(text).map(({ name, function: called, sees }) => [name, called, sees]);

describe('text', () => {
  test('names alone, in the order given', () => {
    const wanted = [
      ['denoise', 'denoise-fn', 'original'],
      ['cutout', 'cutout-fn', 'denoise'],
      ['classify', 'clip-fn', 'cutout'],
    ];
    expect(brief('denoise,cutout,classify')).toEqual(wanted);
    expect(brief(' denoise ; cutout ;classify;')).toEqual(wanted);
    expect(readSteps(undefined).map(({ name }) => name)).toEqual(['denoise', 'cutout', 'classify']);
  });

  test('options, bare values and lists', () => {
    const [rotate, classify] = readSteps('rotate:90,background=white;classify:cat|dog|a red fox,top=2');
    expect(rotate?.options).toEqual({ angle: '90', background: 'white' });
    expect(classify?.options).toEqual({ labels: ['cat', 'dog', 'a red fox'], top: '2' });
  });

  test('operations without a function of their own go to transform-fn', () => {
    const [flip] = readSteps('flip:direction=horizontal,format=webp');
    expect(flip).toMatchObject({ name: 'flip', function: 'transform-fn', options: { format: 'webp' } });
    expect(JSON.parse(String(flip?.options.chain))).toEqual([{ operation: 'flip', direction: 'horizontal' }]);
  });

  test('what is said to the pipeline is not said to the function', () => {
    const [, second] = readSteps(
      'rotate:90;classify:cat,sees=original,onError=skip,timeout=2,flatten=black,name=first',
    );
    expect(second).toEqual({
      name: 'first',
      function: 'clip-fn',
      options: { labels: 'cat' },
      sees: 'original',
      yields: 'labels',
      onError: 'skip',
      timeoutMs: 2_000,
      flatten: '#000000',
    });
  });

  test('a step again gets a name of its own; after labels the last picture goes on', () => {
    expect(brief('rotate:90;classify;rotate:90;classify;rotate:90;blur:sees=rotate')).toEqual([
      ['rotate', 'rotate-fn', 'original'],
      ['classify', 'clip-fn', 'rotate'],
      ['rotate-2', 'rotate-fn', 'rotate'],
      ['classify-2', 'clip-fn', 'rotate-2'],
      ['rotate-3', 'rotate-fn', 'rotate-2'],
      ['blur', 'transform-fn', 'rotate'],
    ]);
  });
});

describe('data', () => {
  test('steps with options, labels with commas kept whole', () => {
    const steps = readSteps([
      { step: 'rotate', angle: 90 },
      { step: 'classify', labels: ['cat, sitting', 'dog'] },
    ]);
    expect(steps[0]?.options).toEqual({ angle: 90 });
    expect(steps[1]?.options).toEqual({ labels: '["cat, sitting","dog"]' });
    expect(readSteps('[{"step":"grayscale"}]')[0]?.function).toBe('grayscale-fn');
  });

  test('an operator adds functions of the same gateway, but none that calls others', () => {
    vi.stubEnv('PIPELINE_FUNCTIONS', 'paint-fn, pipeline-fn,frontend-fn');
    expect(readSteps('paint:colour=red')[0]).toMatchObject({
      name: 'paint',
      function: 'paint-fn',
      yields: 'anything',
      options: { colour: 'red' },
    });
    expect(() => readSteps('pipeline-fn')).toThrow(/no such step/);
    expect(() => readSteps('frontend')).toThrow(/no such step/);
  });
});

test.each([
  ['', /1 to 12 steps/],
  ['denoise;'.repeat(13), /1 to 12 steps/],
  ['rotate:90,90', /name=value/],
  ['rotate:angle=90,angle=80', /twice/],
  ['rotate:90,__proto__=1', /no option "__proto__"/],
  ['[{"angle": 90}]', /looks like JSON/],
  ['../system/functions', /no such step/],
  ['blur:sees=later;rotate:90,name=later', /names no earlier step/],
  ['blur:name=x;rotate:90,name=x', /Two steps have the name/],
  ['blur:name=original', /Two steps have the name/],
  ['blur:onError=maybe', /Step 1 \(blur\).*fail, skip/],
  ['blur:name=<script>', /Step 1 \(blur\).*lower-case letters/],
  ['resize:width=0', /Step 1 \(resize\).*width/],
])('%j is refused', (text, reason) => {
  expect(() => readSteps(text)).toThrow(reason);
});

test('a step whose option is no plain value is refused', () => {
  expect(() => readSteps([{ step: 'classify', labels: { evil: 1 } }])).toThrow(/labels/);
});

import { expect, test } from 'vitest';
import { parseSteps, type StepGrammar } from './steps.ts';

const chain: StepGrammar = {
  option: 'chain',
  member: 'operation',
  firstOption: (name) => (name === 'rotate' ? 'angle' : undefined),
};
const pipeline: StepGrammar = { ...chain, option: 'steps', member: 'step', lists: true };

test('text and JSON mean the same', () => {
  const steps = [
    { name: 'rotate', options: { angle: '90', background: '#fff' } },
    { name: 'draw', options: { text: 'a:b=c' } },
    { name: 'flip', options: {} },
  ];
  expect(parseSteps(' rotate: 90 , background=#fff;; draw:text=a:b=c ;flip', chain)).toEqual(steps);
  const json = steps.map(({ name, options }) => ({ operation: name, ...options }));
  expect(parseSteps(json, chain)).toEqual(steps);
  expect(parseSteps(` ${JSON.stringify(json)}`, chain)).toEqual(steps);
});

test('lists, and names separated by commas, are for grammars that have them', () => {
  expect(parseSteps('a,b', pipeline).map(({ name }) => name)).toEqual(['a', 'b']);
  expect(parseSteps('a,b', chain).map(({ name }) => name)).toEqual(['a,b']);
  expect(parseSteps('a:x=1|| 2', pipeline)).toEqual([{ name: 'a', options: { x: ['1', '2'] } }]);
  expect(parseSteps('a:x=1|2', chain)).toEqual([{ name: 'a', options: { x: '1|2' } }]);
});

test.each([
  ['rotate:90,45', /In "rotate:90,45" write options as name=value/],
  ['flip:90', /write options as name=value/],
  ['rotate:90,angle=80', /gives "angle" twice/],
  ['rotate:step=flip', /gives "step" twice/],
  ['[{"operation":"flip"}]', /Option "steps" looks like JSON but is not a list of steps such as {"step":"rotate"/],
  ['[1,2', /looks like JSON/],
  ['[null]', /looks like JSON/],
])('%s is refused', (text, message) => {
  expect(() => parseSteps(text, pipeline)).toThrow(message);
  expect(() => parseSteps(text, pipeline)).toThrow(expect.objectContaining({ members: { option: 'steps' } }));
});

test('a name that objects inherit is a name like any other', () => {
  const [step] = parseSteps('flip:__proto__=1,constructor=2', chain);
  expect(Object.entries(step?.options ?? {})).toEqual([
    ['__proto__', '1'],
    ['constructor', '2'],
  ]);
});

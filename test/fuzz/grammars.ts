import { OPERATION_NAMES, parseChain } from '#imaging';
import { readSteps } from '../../functions/pipeline-fn/steps.ts';
import { mutateJson, mutateText } from './mutate.ts';
import type { Random } from './random.ts';
import { orProblem, type Target } from './target.ts';

const CHAINS = [
  'rotate:90',
  'rotate:90;resize:width=512,height=512,fit=cover;grayscale',
  'rotate:angle=12.5,direction=ccw,background=#fff;blur:3,onError=skip',
  'crop:left=1,top=2,width=30,height=20;pad:4;trim;flip;sharpen',
  'denoise:mode=median;cutout:background=white,feather=2;info',
  '[{"operation":"rotate","angle":90},{"operation":"resize","width":10,"fit":"inside"}]',
];

const STEPS = [
  'denoise;cutout;classify',
  'denoise,rotate,classify',
  'denoise:mode=median;rotate:90,name=turn;classify:labels=cat|dog,sees=original,flatten=white',
  'resize:width=10,onError=skip,timeout=3;transform-fn:chain=grayscale',
  '[{"step":"rotate","angle":90,"name":"a"},{"step":"classify","labels":["a cat, asleep"],"sees":"a"}]',
];

/** Text most of the time, data otherwise. */
function written(random: Random, seeds: readonly string[]): unknown {
  const seed = random.pick(seeds);
  if (seed.startsWith('[') && random.oneIn(2)) return mutateJson(random, JSON.parse(seed));
  return mutateText(random, seed, seeds);
}

/** What a schema lets through before the grammar sees it. */
function isChain(given: unknown): given is Parameters<typeof parseChain>[0] {
  if (typeof given === 'string') return given.length > 0 && given.length <= 4_000;
  return Array.isArray(given) && given.length > 0 && given.every((step) => typeof step?.operation === 'string');
}

function isSteps(given: unknown): given is Parameters<typeof readSteps>[0] {
  if (typeof given === 'string') return given.length > 0 && given.length <= 8_000;
  return Array.isArray(given) && given.length > 0 && given.every((step) => typeof step?.step === 'string');
}

export const grammars: Target[] = [
  {
    name: 'chain',
    weight: 4,
    make: (random) => written(random, CHAINS),
    try: (given: unknown) => {
      const steps = isChain(given) ? orProblem(() => parseChain(given)) : undefined;
      const strange = steps?.find(({ operation }) => !OPERATION_NAMES.includes(operation));
      if (strange) throw new Error(`the operation ${strange.operation} does not exist`);
      if (steps && typeof given === 'string' && given.includes('__proto__')) throw new Error('__proto__ was taken');
    },
  },
  {
    name: 'pipeline steps',
    weight: 4,
    make: (random) => written(random, STEPS),
    try: (given: unknown) => {
      const steps = isSteps(given) ? orProblem(() => readSteps(given)) : undefined;
      const names = steps?.map(({ name }) => name) ?? [];
      if (new Set(names).size !== names.length) throw new Error(`two steps have one name: ${names}`);
      const wild = steps?.find(
        (step) => !/^[a-z0-9-]+$/.test(step.function) || ['pipeline-fn', 'frontend-fn'].includes(step.function),
      );
      if (wild) throw new Error(`it would call ${wild.function}`);
    },
  },
];

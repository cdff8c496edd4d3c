import { describe, expect, test } from 'vitest';
import { boundsFor, confidenceSpec, stateOf } from './confidence.ts';

const at = (labels: number, none: [number, number], sure: [number, number]) => ({
  labels,
  none: { cosine: none[0], probability: none[1] },
  sure: { cosine: sure[0], probability: sure[1] },
});
const confidence = [at(2, [0.2, 0.9], [0.3, 0.95]), at(20, [0.3, 0.5], [0.4, 0.7]), at(200, [0.35, 0.3], [0.4, 0.5])];
const rules = { confidence, modelMinCosine: 0.5 };

describe('the bounds for a number of labels', () => {
  test('are an entry’s own, and the outermost beyond the list', () => {
    expect(boundsFor(confidence, 20)).toEqual(confidence[1]);
    expect(boundsFor(confidence, 1)).toEqual(confidence[0]);
    expect(boundsFor(confidence, 2_000)).toEqual(confidence[2]);
    expect(boundsFor(confidence.slice(0, 1), 7)).toEqual(confidence[0]);
  });

  test('lie between two entries by the logarithm of the number', () => {
    const middle = boundsFor(confidence, Math.sqrt(2 * 20));
    expect(middle.none.cosine).toBeCloseTo(0.25, 9);
    expect(middle.sure.probability).toBeCloseTo(0.825, 9);
  });
});

describe('with fitted bounds an answer is', () => {
  test.each([
    ['sure when cosine and score are high', 0.31, 0.96, 2, 'sure'],
    ['not sure when only the cosine is', 0.5, 0.94, 2, 'unsure'],
    ['not sure when only the score is', 0.25, 0.99, 2, 'unsure'],
    ['none when neither is', 0.19, 0.89, 2, 'none'],
    ['never none over a high score', 0.0, 0.976, 2, 'unsure'],
    ['judged by the number of labels', 0.29, 0.45, 20, 'none'],
    ['judged by the cosine alone where one label is offered', 0.19, 1, 1, 'none'],
    ['sure of a label alone on offer, by its cosine', 0.31, 1, 1, 'sure'],
  ])('%s', (_, cosine, score, labels, state) => {
    expect(stateOf({ cosine, score, labels }, rules)).toBe(state);
  });

  test('by the caller’s bound none, whatever its score; 0 turns it off', () => {
    const sure = { cosine: 0.6, score: 0.99, labels: 2 };
    expect(stateOf(sure, { ...rules, minCosine: 0.7 })).toBe('none');
    expect(stateOf({ cosine: -0.1, score: 0.5, labels: 2 }, { ...rules, minCosine: 0 })).toBe('unsure');
  });
});

describe('without them', () => {
  test('the model’s bound says none, and more than half of the score sure', () => {
    const plain = { modelMinCosine: 0.5 };
    expect(stateOf({ cosine: 0.49, score: 0.99, labels: 5 }, plain)).toBe('none');
    expect(stateOf({ cosine: 0.5, score: 0.5, labels: 5 }, plain)).toBe('sure');
    expect(stateOf({ cosine: 0.5, score: 0.49, labels: 5 }, plain)).toBe('unsure');
  });
});

test.each([
  ['no entry', []],
  ['labels that fall', [confidence[1], confidence[0]]],
  ['a "none" above "sure"', [at(2, [0.5, 0.6], [0.4, 0.5])]],
  ['a misspelt member', [{ ...confidence[0], sur: 1 }]],
])('a manifest with %s is refused', (_, value) => {
  expect(confidenceSpec.safeParse(value).success).toBe(false);
});

import { describe, expect, test } from 'vitest';
import { Problem } from '#contract/problems';
import { stateOf } from './confidence.ts';
import { prototypesOf } from './prototypes.ts';

/** Turns degrees in a plane into a vector of length 1. */
const at = (degrees: number) =>
  Float32Array.of(Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180));
const cosine = (degrees: number) => Math.cos((degrees * Math.PI) / 180);
const angle = (vector: Float32Array) => (Math.atan2(vector[1]!, vector[0]!) * 180) / Math.PI;

describe('a class', () => {
  test('is the mean direction of its examples', () => {
    const { labels, vectors } = prototypesOf([
      { label: 'a', examples: [at(0), at(20)] },
      { label: 'b', examples: [at(90)] },
    ]);
    expect(labels).toEqual(['a', 'b']);
    expect(vectors.map(angle).map(Math.round)).toEqual([10, 90]);
  });

  test('has words that count as much as all of its examples', () => {
    const classes = [
      { label: 'a', examples: [at(0), at(10), at(20)] },
      { label: 'b', examples: [at(90)] },
    ];
    const words = new Map([
      ['b', at(100)],
      ['a', at(-30)],
    ]);
    expect(prototypesOf(classes, words).vectors.map(angle).map(Math.round)).toEqual([-10, 95]);
  });

  test('cannot be made of examples that cancel each other out', () => {
    const classes = [
      { label: 'a', examples: [Float32Array.of(1, 0), Float32Array.of(-1, 0)] },
      { label: 'b', examples: [at(90)] },
    ];
    expect(() => prototypesOf(classes)).toThrow(Problem);
    expect(() => prototypesOf(classes)).toThrow('The examples of the class "a" cancel each other out.');
  });
});

describe('how sure an answer is', () => {
  const { confidence } = prototypesOf([
    { label: 'a', examples: [at(0), at(10), at(20)] },
    { label: 'b', examples: [at(90), at(100), at(110)] },
  ]);
  const state = (near: number, score = 0.99) =>
    stateOf({ cosine: cosine(near), score, labels: 2 }, { confidence, modelMinCosine: 0.9 });

  test('follows from how near examples are to their own class and to the others, not from the model', () => {
    // Examples are 80 to 100 degrees from the other class, and 0 to 15 degrees from others of their own.
    expect(state(5)).toBe('sure');
    expect(state(70)).toBe('unsure');
    expect(state(88)).toBe('none');
    // A picture of neither class stays that, whatever its score.
    expect(state(88, 1)).toBe('none');
    expect(state(5, 0.45)).toBe('unsure');
  });

  test('can be told by one example a class', () => {
    const { confidence: single } = prototypesOf([
      { label: 'a', examples: [at(0)] },
      { label: 'b', examples: [at(90)] },
    ]);
    const rules = { confidence: single, modelMinCosine: 0.9 };
    const states = [0, 75, 89].map((near) => stateOf({ cosine: cosine(near), score: 0.99, labels: 2 }, rules));
    expect(states).toEqual(['sure', 'unsure', 'none']);
  });

  test('has bounds in order even where classes are the same', () => {
    const { confidence: same } = prototypesOf([
      { label: 'a', examples: [at(0), at(0)] },
      { label: 'b', examples: [at(0), at(0)] },
    ]);
    const [{ none, sure }] = same as [(typeof same)[number]];
    expect(none.cosine).toBeLessThan(sure.cosine);
    expect(stateOf({ cosine: 1, score: 0.5, labels: 2 }, { confidence: same, modelMinCosine: 0 })).not.toBe('sure');
  });
});

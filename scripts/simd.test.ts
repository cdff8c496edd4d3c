import { expect, test } from 'vitest';
import compiled from '../src/imaging/kernels/simd.generated.json' with { type: 'json' };
import { compileSimd } from './simd.mjs';

test('the kernels are compiled from their sources: npm run simd', async () => {
  expect(compiled).toEqual(await compileSimd());
});

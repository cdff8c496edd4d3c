import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { compileSimd, MODULES } from './simd.mjs';

test.each(MODULES.map(([folder = '', target = '']) => [path.basename(path.dirname(folder)), folder, target]))(
  'the kernels of %s are compiled from their sources: npm run simd',
  async (_, folder, target) => {
    expect(JSON.parse(readFileSync(target, 'utf8'))).toEqual(await compileSimd(folder));
  },
);

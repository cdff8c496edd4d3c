import sharp from 'sharp';
import { expect, test } from 'vitest';
import { picture } from '../../test/pictures.ts';
import { parseChain } from './chain.ts';
import { DEFAULT_LIMITS, transform } from './transform.ts';

test('too many pixels, coming in or growing on the way, are refused', async () => {
  const input = await picture(100, 100).png().toBuffer();
  const limits = { ...DEFAULT_LIMITS, maxPixels: 9_999 };
  await expect(transform(input, parseChain('grayscale'), {}, limits)).rejects.toMatchObject({
    code: 'too-many-pixels',
  });
  const small = { ...DEFAULT_LIMITS, maxPixels: 10_000 };
  await expect(transform(input, parseChain('rotate:45'), {}, small)).rejects.toMatchObject({ code: 'too-many-pixels' });
  expect((await transform(input, parseChain('rotate:90'), {}, small)).width).toBe(100);
});

test('a deadline stops the work', async () => {
  const input = await sharp({
    create: {
      width: 3_000,
      height: 3_000,
      channels: 3,
      background: '#777',
      noise: { type: 'gaussian', mean: 99, sigma: 50 },
    },
  })
    .jpeg()
    .toBuffer();
  const chain = parseChain('rotate:3;rotate:3;rotate:3');
  const hurried = transform(input, chain, { format: 'webp' }, { ...DEFAULT_LIMITS, deadline: 40 });
  await expect(hurried).rejects.toMatchObject({ code: 'timed-out', status: 504 });
});

test('only the first frame of an animation is used', async () => {
  const frames = await sharp([await picture(10, 8).png().toBuffer(), await picture(10, 8).negate().png().toBuffer()], {
    join: { animated: true },
  })
    .gif()
    .toBuffer();
  const { width, height, contentType } = await transform(frames, parseChain('rotate:180'), {});
  expect([width, height, contentType]).toEqual([10, 8, 'image/png']);
});

test('what a format cannot hold, or takes too long to make, is refused in words', async () => {
  const input = await picture(2, 2).png().toBuffer();
  const tall = parseChain('resize:width=4,height=16384,fit=fill;pad:top=10');
  await expect(transform(input, tall, { format: 'webp' })).rejects.toMatchObject({ code: 'too-many-pixels' });
  const large = parseChain('resize:width=5000,height=4000,fit=fill');
  await expect(transform(input, large, { format: 'avif' })).rejects.toThrow(/AVIF is made of at most 16 million/);
});

test('an optional step that cannot be done is left out, and that is said', async () => {
  const input = await picture(40, 20).png().toBuffer();
  const run = (chain: string) => transform(input, parseChain(chain), {});
  const result = await run('rotate:90;crop:width=30,onError=skip;resize:width=10');
  expect([result.width, result.height, result.facts.skippedSteps]).toEqual([10, 20, 'crop']);
  const early = await run('pad:all=16000,onError=skip;flip');
  expect([early.width, early.facts.skippedSteps]).toEqual([40, 'pad']);
  const last = await run('crop:width=41,onError=skip');
  expect([last.width, last.facts.skippedSteps]).toEqual([40, 'crop']);
  const fine = await run('crop:width=30,onError=skip');
  expect([fine.width, fine.facts.skippedSteps]).toEqual([30, undefined]);
  await expect(run('crop:width=41')).rejects.toMatchObject({ code: 'option-invalid' });
  expect(() => parseChain('flip:onError=maybe')).toThrow(/onError is fail or skip/);
  const broken = transform(input.subarray(0, 120), parseChain('flip:onError=skip'), {});
  await expect(broken).rejects.toMatchObject({ code: 'picture-damaged' });
});

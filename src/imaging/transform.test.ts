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

test('a deadline stops the work: the error comes in time, and no thread goes on', async () => {
  const input = await picture(2_000, 1_500).jpeg().toBuffer();
  const between = transform(input, parseChain('rotate:3;rotate:3;rotate:3'), { format: 'webp' }, { deadline: 40 });
  await expect(between).rejects.toMatchObject({ code: 'timed-out', status: 504 });
  // A graph that runs for many seconds; it must stop within a second of its deadline.
  const larger = await picture(6_000, 4_000).jpeg().toBuffer();
  const within = transform(larger, parseChain('denoise:median,size=9'), {}, { deadline: 900 });
  await expect(within).rejects.toMatchObject({ code: 'timed-out' });
  const before = process.cpuUsage();
  await new Promise((resolve) => setTimeout(resolve, 300));
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1_000).toBeLessThan(150);
});

test('each pass tells what it took, and which steps it did in one go', async () => {
  const input = await picture(80, 60).jpeg().toBuffer();
  const named = async (chain: string) =>
    (await transform(input, parseChain(chain), {})).steps.map(({ steps }) => steps.join('+'));
  expect(await named('rotate:90;resize:width=20')).toEqual(['rotate+resize+encode']);
  expect(await named('resize:width=20;blur:2;flip')).toEqual(['resize', 'blur', 'flip+encode']);
  expect(await named('pixelate:4;info')).toEqual(['pixelate', 'info']);
  expect(await named('blur:2;crop:width=999,onError=skip')).toEqual(['blur', 'crop', 'encode']);
  const { steps, timings } = await transform(input, parseChain('blur:2;flip'), {});
  const total = steps.reduce((sum, { ms }) => sum + ms, 0);
  expect(Math.abs(total - timings.apply - timings.encode)).toBeLessThan(5);
});

test('a header that was read already is not read again', async () => {
  const bytes = await picture(40, 20).png().toBuffer();
  const upright = { width: 40, height: 20 };
  const known = await transform({ bytes, upright, format: 'png', hasAlpha: false }, parseChain('rotate:90'), {});
  const read = await transform(bytes, parseChain('rotate:90'), {});
  expect(known.bytes.equals(read.bytes)).toBe(true);
  const huge = { bytes, upright: { width: 99_999, height: 99_999 }, format: 'png', hasAlpha: false };
  await expect(transform(huge, parseChain('flip'), {})).rejects.toMatchObject({ code: 'too-many-pixels' });
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

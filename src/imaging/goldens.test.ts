import sharp from 'sharp';
import { expect, test } from 'vitest';
import { picture } from '../../test/pictures.ts';
import { parseChain } from './chain.ts';
import { overlaysOf, withOverlays } from './overlays.ts';
import { OPERATION_NAMES } from './registry.ts';
import { transform } from './transform.ts';

/*
 * What each operation makes of one photo, as a perceptual hash: bits may change with a new libvips, what is to be seen
 * may not. Exact checks stand in each operation's own test, as does what a cut-out is worth.
 */
const PHOTO = new URL('../../functions/frontend-fn/page/samples/coffee.jpg', import.meta.url);
const CHAINS: Record<Exclude<(typeof OPERATION_NAMES)[number], 'info' | 'placeholder' | 'cutout'>, string[]> = {
  rotate: ['rotate:90', 'rotate:12,background=white'],
  resize: ['', ',position=attention', ',position=entropy'].map((more) => `resize:width=60,height=100${more}`),
  crop: ['crop:width=200,height=150,left=40,top=30'],
  trim: ['pad:all=40,background=white;trim'],
  flip: ['flip', 'flip:vertical'],
  grayscale: ['grayscale'],
  blur: ['blur:8'],
  sharpen: ['sharpen:sigma=2,amount=3'],
  denoise: ['denoise:median,size=5', 'denoise:bilateral'],
  pixelate: ['pixelate:40'],
  adjust: ['adjust:brightness=1.3,hue=90', 'adjust:gamma=2.2'],
  pad: ['pad:all=60,background=black'],
  watermark: ['watermark:gravity=centre,scale=0.4'],
  convert: ['convert:format=webp,quality=30'],
};

/** Whether each pixel of a 9 × 8 gray copy is darker than its right neighbour: 64 bits. */
async function hashOf(bytes: Buffer): Promise<string> {
  const gray = await sharp(bytes)
    .flatten({ background: '#ffffff' })
    .grayscale()
    .resize(9, 8, { fit: 'fill' })
    .raw()
    .toBuffer();
  const bits = Array.from({ length: 64 }, (_, n) => {
    const at = Math.floor(n / 8) * 9 + (n % 8);
    return (gray[at] as number) < (gray[at + 1] as number) ? 1 : 0;
  });
  return BigInt(`0b${bits.join('')}`)
    .toString(16)
    .padStart(16, '0');
}

function differing(a: string, b: string): number {
  const bits = (BigInt(`0x${a}`) ^ BigInt(`0x${b}`)).toString(2);
  return bits.replaceAll('0', '').length;
}

const GOLDENS: Record<string, string> = {
  'rotate:90': '3036fe7a5adc7b1d',
  'rotate:12,background=white': '7c7b29311f1d0701',
  'resize:width=60,height=100': 'f01e3ee0b98d2d78',
  'resize:width=60,height=100,position=attention': 'fccf9f702c66139c',
  'resize:width=60,height=100,position=entropy': 'f09e3fe059cc2f78',
  'crop:width=200,height=150,left=40,top=30': '6c4e6a301b25a587',
  'pad:all=40,background=white;trim': 'f3e96933160f0b36',
  flip: '30686933970f2f93',
  'flip:vertical': '360b0f163369e9f3',
  grayscale: 'f3e96933160f0b36',
  'blur:8': 'f3e96933160f0b16',
  'sharpen:sigma=2,amount=3': 'f3e96933160f0b36',
  'denoise:median,size=5': 'f3e96933160f0b36',
  'denoise:bilateral': 'f3e96933160f0b36',
  'pixelate:40': 'f3f1f9333f1f1f1f',
  'adjust:brightness=1.3,hue=90': 'f3e96933160f0b36',
  'adjust:gamma=2.2': 'f3e969331e0b0f36',
  'pad:all=60,background=black': '00f4f8f09c8c9400',
  'watermark:gravity=centre,scale=0.4': 'f3e9591b26271b36',
  'convert:format=webp,quality=30': 'f3e949331e0f0f16',
};

test.each(Object.values(CHAINS).flat())('%s looks as it did', async (chain) => {
  const input = await sharp(PHOTO.pathname).resize(320).png().toBuffer();
  const steps = parseChain(chain);
  const mark = { bytes: await picture(90, 60, 4).png().toBuffer() };
  const { bytes } = await transform(
    input,
    withOverlays(
      steps,
      overlaysOf(steps).map(() => mark),
    ),
    {},
  );
  const hash = await hashOf(bytes);
  const golden = GOLDENS[chain] ?? '0';
  expect(differing(hash, golden), `${chain} is ${hash} and was ${golden}`).toBeLessThanOrEqual(4);
});

test('every operation that makes pictures is among them', () => {
  expect([...Object.keys(CHAINS), 'info', 'placeholder', 'cutout'].sort()).toEqual([...OPERATION_NAMES].sort());
});

import sharp from 'sharp';
import { expect, test } from 'vitest';
import { picture } from '../../test/pictures.ts';
import { parseChain } from './chain.ts';
import goldens from './goldens.generated.json' with { type: 'json' };
import { overlaysOf, withOverlays } from './overlays.ts';
import { exampleSteps, OPERATION_NAMES, type OperationName } from './registry.ts';
import { transform } from './transform.ts';

/*
 * The result of each operation on one photo, as a perceptual hash: a new libvips may change bits, but not what the
 * picture shows (to update: npx vitest run src/imaging/goldens.test.ts -u). The tests of the operations make exact
 * checks, and measure the quality of cut-outs.
 */
const PHOTO = new URL('../../functions/frontend-fn/page/samples/coffee.jpg', import.meta.url);
/** For operations whose own examples change a photo too little, or depend on a model. */
const CHAINS: Partial<Record<OperationName, string[]>> = {
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
  cutout: [],
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

async function seen(chain: string): Promise<string> {
  const input = await sharp(PHOTO.pathname).resize(320).png().toBuffer();
  const steps = parseChain(chain);
  const mark = { bytes: await picture(90, 60, 4).png().toBuffer() };
  const marks = overlaysOf(steps).map(() => mark);
  const { bytes } = await transform(input, withOverlays(steps, marks), {});
  return hashOf(bytes);
}

test('every operation looks as it did', async () => {
  const now: Record<string, string> = {};
  for (const chain of OPERATION_NAMES.flatMap((name) => CHAINS[name] ?? exampleSteps(name))) {
    const hash = await seen(chain);
    const golden = (goldens as Record<string, string>)[chain] ?? '';
    now[chain] = golden !== '' && differing(hash, golden) <= 4 ? golden : hash;
  }
  await expect(`${JSON.stringify(now, null, 2)}\n`).toMatchFileSnapshot('goldens.generated.json');
});

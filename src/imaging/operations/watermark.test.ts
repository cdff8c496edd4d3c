import sharp from 'sharp';
import { expect, test } from 'vitest';
import { parseOptions } from '#contract/options';
import { gradient, picture, pixelsOf } from '../../../test/pictures.ts';
import { parseChain } from '../chain.ts';
import { overlaysOf, withOverlays } from '../overlays.ts';
import { transform } from '../transform.ts';
import { watermark } from './watermark.ts';

/** A watermark of one colour. */
const mark = (width: number, height: number, colour = '#ff0000') =>
  sharp({ create: { width, height, channels: 4, background: colour } })
    .png()
    .toBuffer();

/** The picture with its watermarks, decoded. */
async function marked(input: Buffer, chain: string, ...marks: Buffer[]) {
  const steps = withOverlays(
    parseChain(chain),
    marks.map((bytes) => ({ bytes })),
  );
  return pixelsOf((await transform(input, steps, { format: 'png' })).bytes);
}

/** The rectangle in which pixels differ from the gradient. */
function changed({ data, width, height, channels }: Awaited<ReturnType<typeof pixelsOf>>) {
  const before = gradient(width, height);
  const at = { left: width, top: height, right: -1, bottom: -1 };
  for (let place = 0; place < width * height; place++) {
    const same = [0, 1, 2].every((c) => data[place * channels + c] === before[place * 3 + c]);
    if (same) continue;
    const [x, y] = [place % width, Math.floor(place / width)];
    Object.assign(at, { left: Math.min(at.left, x), top: Math.min(at.top, y) });
    Object.assign(at, { right: Math.max(at.right, x), bottom: Math.max(at.bottom, y) });
  }
  return [at.left, at.top, at.right - at.left + 1, at.bottom - at.top + 1];
}

test.each([
  ['watermark', [50, 34, 10, 6]],
  ['watermark:gravity=northwest', [0, 0, 10, 6]],
  ['watermark:gravity=northwest,x=3,y=2', [3, 2, 10, 6]],
  ['watermark:gravity=southeast,x=3,y=2', [47, 32, 10, 6]],
  ['watermark:gravity=centre', [25, 17, 10, 6]],
  ['watermark:gravity=centre,x=5,y=-5', [30, 12, 10, 6]],
  ['watermark:gravity=east', [50, 17, 10, 6]],
  ['watermark:gravity=north,x=-3', [22, 0, 10, 6]],
  ['watermark:gravity=west,x=9999,y=-9999', [50, 0, 10, 6]],
  ['watermark:scale=0.5,gravity=northwest', [0, 0, 30, 18]],
  ['watermark:scale=1,gravity=northwest', [0, 0, 60, 36]],
])('%s covers %j and nothing else, to the pixel', async (chain, area) => {
  const input = await picture(60, 40).png().toBuffer();
  const result = await marked(input, chain, await mark(10, 6));
  expect([result.width, result.height, result.channels]).toEqual([60, 40, 3]);
  expect(changed(result)).toEqual(area);
});

test('opacity mixes; 0 leaves no trace', async () => {
  const input = await sharp({ create: { width: 20, height: 20, channels: 3, background: '#000000' } })
    .png()
    .toBuffer();
  const level = async (opacity: number) =>
    (await marked(input, `watermark:gravity=centre,opacity=${opacity}`, await mark(20, 20, '#ffffff')))
      .data[0] as number;
  expect(await level(1)).toBe(255);
  expect(Math.abs((await level(0.5)) - 127)).toBeLessThan(3);
  expect(await level(0)).toBe(0);
});

test('a mark that is too large is made smaller; its own transparency and orientation count', async () => {
  const input = await picture(30, 20).png().toBuffer();
  const large = await marked(input, 'watermark', await mark(900, 300));
  expect(changed(large)).toEqual([0, 10, 30, 10]);
  const lying = await sharp(await mark(6, 12))
    .withMetadata({ orientation: 6 })
    .png()
    .toBuffer();
  expect(changed(await marked(input, 'watermark:gravity=northwest', lying))).toEqual([0, 0, 12, 6]);
  const clear = await marked(input, 'watermark', await mark(9, 9, '#00ff0000'));
  expect(clear.data.equals(gradient(30, 20))).toBe(true);
});

test('gray pictures take colour, transparent ones keep their transparency', async () => {
  const gray = await sharp(Buffer.alloc(400, 90), { raw: { width: 20, height: 20, channels: 1 } })
    .png()
    .toBuffer();
  const coloured = await marked(gray, 'watermark:gravity=northwest', await mark(4, 4));
  expect([...coloured.data.subarray(0, 3)]).toEqual([255, 0, 0]);
  expect([...coloured.data.subarray(-3)]).toEqual([90, 90, 90]);
  const clear = await marked(await picture(20, 20, 4).png().toBuffer(), 'watermark:gravity=east', await mark(4, 4));
  expect([clear.channels, clear.data[(10 * 20 + 18) * 4 + 3], clear.data[12 * 4 + 3]]).toEqual([4, 255, 0]);
});

test('several marks in one chain are each their own', async () => {
  const input = await picture(30, 20).png().toBuffer();
  const chain = 'watermark:a-ref,gravity=northwest;flip;watermark:https://x.example/b.png,gravity=northwest';
  expect(overlaysOf(parseChain(chain))).toEqual(['a-ref', 'https://x.example/b.png']);
  const { data } = await marked(input, chain, await mark(3, 3), await mark(3, 3, '#0000ff'));
  expect([...data.subarray(0, 3)]).toEqual([0, 0, 255]);
  expect([...data.subarray(29 * 3, 30 * 3)]).toEqual([255, 0, 0]);
});

test('a damaged mark is named, and a step that may be left out is', async () => {
  const input = await picture(30, 20).png().toBuffer();
  const broken = (await mark(50, 50)).subarray(0, 60);
  await expect(marked(input, 'watermark', broken)).rejects.toThrow(/^The watermark is damaged/);
  expect((await marked(input, 'watermark:onError=skip', broken)).data.equals(gradient(30, 20))).toBe(true);
});

test('wrong options are refused by name', () => {
  const refused = (raw: Record<string, unknown>) => () => parseOptions(watermark.options, raw);
  expect(refused({ opacity: 2 })).toThrow(/"opacity" is 2; it must be a number from 0 to 1/);
  expect(refused({ gravity: 'up' })).toThrow(/one of centre, north/);
  expect(refused({ picture: '' })).toThrow(/upload .*an http or https address, or a ref/);
  expect(refused({ url: 'x' })).toThrow(/no option "url"; known here: picture, gravity/);
});

test('a mark that grows is what resize makes of it', async () => {
  const small = await picture(10, 6).png().toBuffer();
  const under = await sharp({ create: { width: 60, height: 36, channels: 3, background: '#000000' } })
    .png()
    .toBuffer();
  const { data } = await marked(under, 'watermark:scale=1', small);
  const resized = await pixelsOf((await transform(small, parseChain('resize:width=60'), { format: 'png' })).bytes);
  expect(data.equals(resized.data)).toBe(true);
});

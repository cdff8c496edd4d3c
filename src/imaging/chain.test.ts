import { expect, test } from 'vitest';
import { difference, picture, pixelsOf } from '../../test/pictures.ts';
import { parseChain, passes } from './chain.ts';
import { overlaysOf, withOverlays } from './overlays.ts';
import { exampleSteps, OPERATION_NAMES } from './registry.ts';
import { transform } from './transform.ts';

test('text and JSON mean the same', () => {
  const text = parseChain('rotate:90; resize:width=512,height=512,fit=cover;grayscale');
  const json = [
    { operation: 'rotate', angle: 90 },
    { operation: 'resize', width: 512, height: 512, fit: 'cover' },
    { operation: 'grayscale' },
  ];
  expect(parseChain(json)).toEqual(text);
  expect(parseChain(JSON.stringify(json))).toEqual(text);
  expect(text.map((step) => step.operation)).toEqual(['rotate', 'resize', 'grayscale']);
});

test.each([
  ['', /1 to 20 steps; this one has 0/],
  [';;', /1 to 20 steps/],
  ['spin:90', /Step 1 of the chain: there is no operation "spin"/],
  ['grayscale;rotate:sideways', /Step 2 of the chain \(rotate\): Option "angle" is "sideways"/],
  ['rotate:90,45', /write options as name=value/],
  ['rotate:angle=90,angle=80', /gives "angle" twice/],
  ['rotate:90,operation=resize', /"operation" twice/],
  ['resize:width=10,colour=red', /no option "colour"/],
  ['grayscale:5', /write options as name=value/],
  ['resize', /Resize needs "width" or "height"/],
  ['[{"rotate":90}]', /list of steps/],
  ['[1,2', /list of steps/],
  [Array(21).fill('rotate').join(';'), /this one has 21/],
  ['constructor:1', /no operation/],
  ['__proto__', /no operation/],
])('%s is refused in words', (chain, message) => {
  expect(() => parseChain(chain)).toThrow(message);
});

test('steps share a graph only while sharp would run them in the order given', () => {
  const shape = (chain: string) =>
    passes(parseChain(chain)).map((pass) =>
      'graph' in pass ? pass.graph.map((step) => step.operation).join('+') : pass.pixels.operation,
    );
  expect(shape('rotate:90;resize:width=9;convert:png')).toEqual(['rotate+resize+convert']);
  expect(shape('resize:width=9;rotate:90')).toEqual(['resize', 'rotate']);
  expect(shape('rotate:90;rotate:180')).toEqual(['rotate', 'rotate']);
  expect(shape('resize:width=9;grayscale;rotate:90')).toEqual(['resize', 'grayscale', 'rotate']);
  expect(shape('rotate:90;denoise;resize:width=9;convert:png')).toEqual(['rotate', 'denoise', 'resize+convert']);
});

test('rotate:90;rotate:180 is 270', async () => {
  const input = await picture(31, 17).png().toBuffer();
  const twice = await transform(input, parseChain('rotate:90;rotate:180'), {});
  const once = await transform(input, parseChain('rotate:270'), {});
  expect((await pixelsOf(twice.bytes)).data.equals((await pixelsOf(once.bytes)).data)).toBe(true);
});

function uniqBy<T>(all: T[], keyOf: (one: T) => string): T[] {
  return [...new Map(all.map((one) => [keyOf(one), one])).values()];
}

/** Examples of all kinds of steps, including those that sharp would reorder. */
const steps = OPERATION_NAMES.flatMap(exampleSteps);
/** All pairs that share a graph, and one of each two operations that do not. */
const pairs = uniqBy(
  steps.flatMap((first) => steps.map((second) => [first, second] as const)),
  ([first, second]) => {
    const chain = parseChain(`${first};${second}`);
    return passes(chain).length === 1 ? `${first};${second}` : chain.map((step) => step.operation).join(';');
  },
);

// Stored sideways; EXIF orientation must be applied before anything else.
const input = await picture(48, 32).withMetadata({ orientation: 6 }).png().toBuffer();
const mark = { bytes: await picture(9, 6, 4).png().toBuffer() };
const run = (bytes: Buffer, chain: string) => {
  const parsed = parseChain(chain);
  const marks = overlaysOf(parsed).map(() => mark);
  return transform(bytes, withOverlays(parsed, marks), { format: 'png' });
};
const alone = new Map(steps.map((first) => [first, run(input, first)] as const));

test.each(pairs)('%s; %s in one chain is one after the other', async (first, second) => {
  const done = (await alone.get(first)) as Awaited<ReturnType<typeof run>>;
  const separate = await run(done.bytes, second);
  const together = await run(input, `${first};${second}`);
  expect([together.width, together.height]).toEqual([separate.width, separate.height]);
  expect(difference((await pixelsOf(together.bytes)).data, (await pixelsOf(separate.bytes)).data)).toBeLessThan(1);
});

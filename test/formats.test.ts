import { execFileSync, spawnSync } from 'node:child_process';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { exampleSteps, OPERATION_NAMES, type OperationName, parseChain, transform } from '#imaging';
import { decode } from '../src/clip/preprocess.ts';
import { checkHeader } from '../src/intake/header.ts';
import { limitsFromEnv } from '../src/intake/limits.ts';
import { KINDS, type Kind, REFUSED } from './formats/kinds.ts';
import { HEIGHT, pngOf, WIDTH } from './formats/write.ts';
import { pixelsOf } from './pictures.ts';

/*
 * Every kind of file that is taken in × every operation × every output, each held to the colour
 * that the file was made with. A selection here; all of them with FORMATS=all (nightly). docs/formats.md is made of the
 * same tables: npm run test:all -- -u
 */
const ALL = process.env.FORMATS === 'all';
const OUTPUTS = ['png', 'jpeg', 'webp', 'avif'] as const;
/** Levels of 255 that an encoder may be off by in one colour. */
const LOSS = { png: 1, jpeg: 4, webp: 7, avif: 9 };
/** More where it is half transparent: libvips multiplies by alpha in 8 bits before it resamples. */
const CLEAR = 3;

/** Where a colour, or the examples of an operation, would not do. Those that are not here may make other colours. */
const CHAINS: Partial<Record<OperationName, string>> = {
  rotate: 'rotate:30,background=00ff00',
  resize: 'resize:width=12',
  crop: 'crop:width=8,height=8',
  trim: 'trim',
  flip: 'flip',
  grayscale: 'grayscale',
  blur: 'blur:2.1',
  sharpen: 'sharpen:1.3',
  denoise: 'denoise:median,size=5',
  // The picture is the object, on a ground of another colour.
  cutout: 'pad:12,background=ffffff;cutout:method=border',
  pixelate: 'pixelate:4',
  adjust: 'adjust:saturation=1',
  pad: 'pad:3,background=0000ff',
  watermark: 'watermark:gravity=northwest',
  convert: 'convert',
  info: 'info',
  placeholder: 'placeholder',
};
const mark = pngOf({ type: 6, bits: 8, samples: [0, 0, 0, 0] });

/** Runs an operation as a function does: header checked first. */
async function run(bytes: Buffer, name: OperationName, format: (typeof OUTPUTS)[number], chain: string) {
  const picture = await checkHeader(bytes, limitsFromEnv());
  const steps = parseChain(chain).map((step) => (name === 'watermark' ? { ...step, overlay: mark } : step));
  return transform(picture, steps, { format });
}

/** What the middle of the result is to be; `undefined` where that is not for this test to say. */
function wantedOf({ wanted, partly }: Kind, name: OperationName, format: string): number[] | undefined {
  if (!CHAINS[name] || wanted.length === 0 || (partly && name !== 'convert')) return undefined;
  const [red = 0, green = 0, blue = 0, alpha = 255] = wanted;
  // Luminance of light (BT.709), encoded again: what libvips calls b-w.
  const light = (level: number): number => (level <= 10 ? level / 3294.6 : ((level / 255 + 0.055) / 1.055) ** 2.4);
  const y = 0.2126 * light(red) + 0.7152 * light(green) + 0.0722 * light(blue);
  const gray = Math.round(255 * (y <= 0.0031308 ? 12.92 * y : 1.055 * y ** (1 / 2.4) - 0.055));
  const colour = name === 'grayscale' ? [gray, gray, gray] : [red, green, blue];
  if (format === 'jpeg') return colour.map((level) => Math.round((level * alpha + 255 * (255 - alpha)) / 255));
  return alpha === 255 ? colour : [...colour, alpha];
}

async function check(kind: Kind, name: OperationName, format: (typeof OUTPUTS)[number]): Promise<string | undefined> {
  const white = kind.wanted.every((level) => level === 255);
  const known = CHAINS[name] ?? exampleSteps(name)[0] ?? name;
  const chain = name === 'cutout' && white ? known.replace('ffffff', '0000ff') : known;
  const said = `${kind.name}; ${chain}; ${format}`;
  try {
    const { bytes, contentType } = await run(await kind.bytes(), name, format, chain);
    if (name === 'info' || name === 'placeholder') return contentType === 'application/json' ? undefined : said;
    if (contentType !== `image/${format}`) return `${said}: ${contentType}`;
    const { data, width, height, channels } = await pixelsOf(bytes);
    const at = kind.partly ? 0 : ((height >> 1) * width + (width >> 1)) * channels;
    const wanted = wantedOf(kind, name, format);
    const got = [...data.subarray(at, at + channels)];
    const off =
      (kind.off ?? 0) + LOSS[format] + (name === 'grayscale' ? 2 : 0) + (kind.wanted.length === 4 ? CLEAR : 0);
    const wrong = wanted?.some((level, n) => Math.abs(level - (got[n] ?? 255)) > off);
    return wrong ? `${said}: ${got}, not ${wanted}` : undefined;
  } catch (error) {
    return `${said}: ${(error as Error).message}`;
  }
}

test.each(KINDS)('$name: every operation, every output', async (kind) => {
  const place = KINDS.indexOf(kind);
  const wrong = [await check(kind, 'convert', 'png')];
  for (const [n, name] of OPERATION_NAMES.entries()) {
    for (const [m, format] of OUTPUTS.entries()) {
      if (ALL || (n + place) % 4 === m) wrong.push(await check(kind, name, format));
    }
  }
  expect(wrong.filter((one) => one !== undefined)).toEqual([]);
});

test('the classifier takes every one of them', async () => {
  for (const { name, bytes } of KINDS) {
    const decoded = await decode(await bytes(), 32, { exif: 'orient', maxPixels: 1e6 });
    expect(decoded.data.length, name).toBe(decoded.width * decoded.height * 3);
  }
});

test.each(REFUSED)('%s is refused by name', async (name, bytes) => {
  const refused = checkHeader(bytes(), limitsFromEnv());
  await expect(refused).rejects.toMatchObject({ code: 'format-unsupported', status: 415 });
  await expect(refused).rejects.toThrow(name);
});

const imageMagick = spawnSync('convert', ['-version']).stdout?.includes('ImageMagick');
/** What ImageMagick reads another way: colour it leaves alone, and what this build has no decoder for. */
const OTHERWISE = /cICP|gAMA|profile|CMYK|AVIF|WebP|webp|end marker|canvas|transparent/;

test.runIf(imageMagick)('ImageMagick sees the same colours', async () => {
  const wrong = [];
  for (const { name, bytes, wanted, off = 0 } of KINDS.filter((kind) => !OTHERWISE.test(kind.name))) {
    const out = execFileSync('convert', ['-[0]', '-colorspace', 'sRGB', '-depth', '8', 'rgba:-'], {
      input: await bytes(),
    });
    const at = ((HEIGHT >> 1) * WIDTH + (WIDTH >> 1)) * 4;
    const got = [...out.subarray(at, at + 4)];
    if ([...wanted, 255].slice(0, 4).some((level, n) => Math.abs(level - (got[n] ?? 0)) > off + 1))
      wrong.push(`${name}: ${got}`);
  }
  expect(wrong).toEqual([]);
});

const PHOTO = new URL('../functions/frontend-fn/page/samples/coffee.jpg', import.meta.url).pathname;

/** Peak signal-to-noise ratio of a mirrored JPEG to the decoded original, mirrored, in dB. */
async function psnrOf(quality: number, asked?: number): Promise<number> {
  const input = await sharp(PHOTO).resize(640).jpeg({ quality }).toBuffer();
  const { bytes } = await transform(input, parseChain('flip'), asked === undefined ? {} : { quality: asked });
  const [want, got] = [await sharp(input).flop().raw().toBuffer(), (await pixelsOf(bytes)).data];
  const sum = want.reduce((total, level, n) => total + (level - (got[n] as number)) ** 2, 0);
  return 10 * Math.log10((255 ** 2 * want.length) / sum);
}

async function psnrTable(): Promise<string[]> {
  const rows = [];
  for (const quality of [60, 75, 90, 95, 98]) {
    const [kept, fixed] = [await psnrOf(quality), await psnrOf(quality, 80)];
    rows.push(`| ${quality} | ${kept.toFixed(0)} | ${fixed.toFixed(0)} |`);
  }
  return ['| quality of the input | saved at the same | saved at 80 |', '|---|---|---|', ...rows];
}

test('docs/formats.md says so', async () => {
  const text = [
    '# Formats',
    '',
    'Generated from `test/formats/kinds.ts` by `npm run test:all -- -u`. `test/formats.test.ts` runs ' +
      'every kind of file',
    'below through every operation and every output, and compares the colours with those that the file ' +
      'was made with.',
    '`npm run test:all` tries a selection of outputs; every night, `FORMATS=all` tries all.',
    '',
    '## What comes in',
    '',
    ...KINDS.map(({ name }) => `- ${name}`),
    '',
    'Of an animation or a file with several pages, the first picture is used. EXIF orientation and ICC profiles are',
    'applied; metadata is removed. Results are sRGB with 8 bits per channel. A PNG or TIFF of 16 bits ' +
      'keeps all of them',
    'in a PNG if a single step rotates it by right angles, mirrors, crops or converts it; any other step ' +
      'drops the lower',
    '8. Colour described by nclx, cICP, gAMA and cHRM is honoured; the video curves (BT.709, BT.601, ' +
      'BT.2020) are read as',
    'that of sRGB. The classifier applies no profile, like its reference. CMYK without a profile is read with',
    'libvips’s own, that of a printing press; the classifier reads inks as plain complements, like its ' +
      'reference. A file',
    'that a viewer would open with a warning is decoded; a truncated one is damaged (422), except a JPEG ' +
      'that lacks only',
    'its end marker.',
    '',
    '## What goes out',
    '',
    '| format | longest side, px | transparency | quality without `quality` |',
    '|---|---|---|---|',
    '| JPEG | 65,500 | replaced by the colour `matte` | ' +
      '85; that of the input if a JPEG is only rotated, mirrored, cropped, trimmed or padded |',
    '| PNG | any | kept | lossless |',
    '| WebP | 16,383 | kept | 80 |',
    '| AVIF | 16,384, at most 16 million pixels | kept | 55 |',
    '',
    'A result that its format cannot hold is 413 `too-many-pixels`, with the size and the limit.',
    '',
    '## Saving a JPEG again',
    '',
    'What a JPEG loses when it is mirrored and saved again, as PSNR in dB against the decoded original ' +
      '(a sample photo of',
    'the page at 640 px; more is better):',
    '',
    ...(await psnrTable()),
    '',
    '## What is refused',
    '',
    '415 `format-unsupported`; the answer names what was found:',
    '',
    ...REFUSED.map(([name]) => `- ${name}`),
    '',
  ].join('\n');
  await expect(text).toMatchFileSnapshot('../docs/formats.md');
});

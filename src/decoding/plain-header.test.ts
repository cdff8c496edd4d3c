import sharp from 'sharp';
import { expect, test } from 'vitest';
import { picture } from '../../test/pictures.ts';
import { codedOf } from './decoder-bytes.ts';
import { plainHeader } from './plain-header.ts';

const clear = () => picture(60, 40).ensureAlpha(0.5);
const deep = (bytes: Promise<Buffer>) => bytes.then((png) => sharp(png).toColourspace('rgb16').png().toBuffer());

/** Ordinary files; all must be read without libvips. */
const ORDINARY: Record<string, () => Promise<Buffer>> = {
  jpeg: () => picture(60, 40).jpeg().toBuffer(),
  'jpeg, progressive': () => picture(60, 40).jpeg({ progressive: true }).toBuffer(),
  'jpeg, gray': () => picture(60, 40).grayscale().jpeg().toBuffer(),
  'jpeg, turned': () => picture(60, 40).withMetadata({ orientation: 6 }).jpeg().toBuffer(),
  png: () => picture(60, 40).png().toBuffer(),
  'png, interlaced': () => picture(60, 40).png({ progressive: true }).toBuffer(),
  'png, clear': () => clear().png().toBuffer(),
  'png, gray': () => picture(60, 40).grayscale().png().toBuffer(),
  'png, gray and clear': () => clear().grayscale().png().toBuffer(),
  'png, palette': () => picture(60, 40).png({ palette: true }).toBuffer(),
  'png, clear palette': () => clear().png({ palette: true }).toBuffer(),
  'png, two colours': () => picture(60, 40).threshold().png({ palette: true, colours: 2 }).toBuffer(),
  'png, 16 bit': () => deep(picture(60, 40).png().toBuffer()),
  'png, 16 bit and clear': () => deep(clear().png().toBuffer()),
  'png, 16 bit gray': () => picture(60, 40).grayscale().toColourspace('grey16').png().toBuffer(),
  'png with a profile': () => picture(60, 40).withIccProfile('p3').png().toBuffer(),
  webp: () => picture(60, 40).webp().toBuffer(),
  'webp, clear': () => clear().webp().toBuffer(),
  'webp, lossless': () => picture(61, 41).webp({ lossless: true }).toBuffer(),
  'webp, lossless and clear': () => clear().webp({ lossless: true }).toBuffer(),
  'webp with a profile': () => picture(60, 40).withIccProfile('p3').webp().toBuffer(),
};

/** @returns what libvips reads, if there is a header */
const readByLibvips = (bytes: Buffer) =>
  sharp(bytes, { limitInputPixels: false })
    .metadata()
    .then(
      (header) => ({
        ...codedOf(header),
        upright: header.autoOrient,
        hasAlpha: header.hasAlpha,
        space: header.space,
      }),
      () => undefined,
    );

test.each(Object.entries(ORDINARY))('%s', async (_, make) => {
  const bytes = await make();
  const header = plainHeader(bytes);
  expect(header).toEqual(await readByLibvips(bytes));
});

test('what may be turned, moves, or is of another format is left to libvips', async () => {
  const turned = (make: ReturnType<typeof picture>) => make.withMetadata({ orientation: 6 });
  const frames = await Promise.all([picture(60, 40).png().toBuffer(), picture(60, 40).negate().png().toBuffer()]);
  const moving = sharp(frames, { join: { animated: true } });
  const odd = [
    turned(picture(60, 40)).png(),
    turned(picture(60, 40)).webp(),
    moving.webp(),
    picture(60, 40).gif(),
    picture(60, 40).tiff(),
    picture(60, 40).avif({ effort: 0 }),
  ];
  for (const bytes of await Promise.all(odd.map((one) => one.toBuffer()))) expect(plainHeader(bytes)).toBeUndefined();
  expect(plainHeader(Buffer.alloc(0))).toBeUndefined();
});

test('never anything else than libvips reads, whatever the bytes', async () => {
  let seed = 7;
  const random = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((seed / 2_147_483_648) * below);
  };
  const wholes = await Promise.all(Object.values(ORDINARY).map((make) => make()));
  let agreed = 0;
  for (let times = 0; times < 1_500; times++) {
    const bytes = Buffer.from(wholes[times % wholes.length] as Buffer);
    for (let changes = 0; changes <= times % 2; changes++) bytes.writeUInt8(random(256), random(80));
    const cut = times % 5 === 0 ? bytes.subarray(0, random(bytes.length)) : bytes;
    const header = plainHeader(cut);
    const read = header && (await readByLibvips(cut));
    if (!read) continue;
    expect(header, `${times}: ${cut.toString('hex', 0, 100)}…`).toEqual(read);
    agreed += 1;
  }
  expect(agreed).toBeGreaterThan(300);
});

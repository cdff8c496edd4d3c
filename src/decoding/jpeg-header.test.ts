import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import { picture } from '../../test/pictures.ts';
import { jpegFrame } from './jpeg-header.ts';

let plain: Buffer;
let turned: Buffer;
beforeAll(async () => {
  plain = await picture(60, 40).jpeg().toBuffer();
  turned = await picture(60, 40).withMetadata({ orientation: 6 }).jpeg().toBuffer();
});

/** Offset of a segment. */
const place = (bytes: Buffer, marker: number) => bytes.indexOf(Buffer.from([0xff, marker]));

test('the size of ordinary ones', async () => {
  const others = [
    picture(60, 40).jpeg({ progressive: true }),
    picture(60, 40).grayscale().jpeg(),
    picture(60, 40).withIccProfile('p3').jpeg({ chromaSubsampling: '4:4:4' }),
  ];
  for (const bytes of [plain, ...(await Promise.all(others.map((one) => one.toBuffer())))]) {
    expect(jpegFrame(bytes)).toMatchObject({ width: 60, height: 40, orientation: 1 });
  }
});

test('how one is turned', async () => {
  for (let orientation = 1; orientation <= 8; orientation++) {
    const bytes = await picture(60, 40).withMetadata({ orientation }).jpeg().toBuffer();
    expect(jpegFrame(bytes)).toMatchObject({ width: 60, height: 40, orientation });
  }
});

test('what is odd is left to libvips', async () => {
  // EXIF is also valid after the frame, up to the scan.
  const exif = turned.subarray(
    place(turned, 0xe1),
    place(turned, 0xe1) + 2 + turned.readUInt16BE(place(turned, 0xe1) + 2),
  );
  const scan = place(plain, 0xda);
  const late = Buffer.concat([plain.subarray(0, scan), exif, plain.subarray(scan)]);
  expect((await sharp(late).metadata()).autoOrient).toEqual({ width: 40, height: 60 });
  expect(jpegFrame(late)).toEqual({ width: 60, height: 40, components: 3, orientation: 6 });
  expect(jpegFrame(Buffer.concat([late.subarray(0, scan), exif, late.subarray(scan)]))).toBeUndefined();
  expect(jpegFrame(await picture(60, 40).toColourspace('cmyk').jpeg().toBuffer())).toBeUndefined();
  expect(jpegFrame(await picture(60, 40).png().toBuffer())).toBeUndefined();
  for (let length = 0; length <= scan; length++) expect(jpegFrame(plain.subarray(0, length))).toBeUndefined();
});

test('never another size than libvips reads, whatever the bytes', async () => {
  let seed = 11;
  const random = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((seed / 2_147_483_648) * below);
  };
  let agreed = 0;
  for (let times = 0; times < 1_500; times++) {
    const bytes = Buffer.from(times % 2 ? plain : turned);
    const header = place(bytes, 0xda) + 14;
    for (let changes = 0; changes <= times % 3; changes++) bytes.writeUInt8(random(256), random(header));
    const frame = jpegFrame(bytes);
    if (!frame) continue;
    const read = await sharp(bytes, { limitInputPixels: false })
      .metadata()
      .catch(() => undefined);
    if (!read) continue;
    const { width, height, orientation } = frame;
    const upright = orientation > 4 ? { width: height, height: width } : { width, height };
    expect({ upright, alpha: false }, `${times}: ${bytes.toString('hex', 0, 40)}…`).toEqual({
      upright: read.autoOrient,
      alpha: read.hasAlpha,
    });
    agreed += 1;
  }
  expect(agreed).toBeGreaterThan(300);
});

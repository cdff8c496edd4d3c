import sharp, { type Sharp } from 'sharp';

const END_OF_IMAGE = Buffer.from([0xff, 0xd9]);

export interface OpenRules {
  /** Pixels that a header may declare; `false` where the caller checks it. */
  maxPixels: number | false;
  /** Whether EXIF orientation is applied. */
  autoOrient?: boolean;
  /** Whether an embedded profile is left aside. */
  ignoreIcc?: boolean;
}

/**
 * The one way from encoded bytes into a graph, for all who decode: what breaks off is an error, what
 * decoders only warn of is not, as with every viewer. Of animations the first frame.
 */
export function openPicture(bytes: Uint8Array, { maxPixels, autoOrient = true, ignoreIcc = false }: OpenRules): Sharp {
  const jpeg = isJpeg(bytes);
  const whole = jpeg && lacksEnd(bytes);
  return sharp(whole ? Buffer.concat([bytes, END_OF_IMAGE]) : bytes, {
    // libjpeg takes an end marker that we add for a whole picture: it only warns where pixels are missing before it.
    failOn: whole ? 'warning' : 'error',
    limitInputPixels: maxPixels,
    autoOrient,
    ignoreIcc,
  });
}

function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8;
}

/** Whether a JPEG's last scan runs to the end of the file. */
function lacksEnd(bytes: Uint8Array): boolean {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 2;
  while (at + 4 <= view.length && view[at] === 0xff && view[at + 1] !== 0xda) at += 2 + view.readUInt16BE(at + 2);
  return at + 4 <= view.length && view[at] === 0xff && view.indexOf(END_OF_IMAGE, at) < 0;
}

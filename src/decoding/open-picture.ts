import type { Sharp } from 'sharp';
import { engine } from './engine.ts';

const END_OF_IMAGE = Buffer.from([0xff, 0xd9]);

export interface OpenRules {
  /** Most pixels that a header may declare; `false` if the caller checks it. */
  maxPixels: number | false;
  /** Whether to apply EXIF orientation. */
  autoOrient?: boolean;
  /** Whether to ignore an embedded profile. */
  ignoreIcc?: boolean;
}

/**
 * Opens encoded bytes as a sharp graph; all decoding goes through here. A truncated file is an error; other decoder
 * warnings are ignored, as viewers do. Of an animation, only the first frame is read.
 */
export function openPicture(bytes: Uint8Array, { maxPixels, autoOrient = true, ignoreIcc = false }: OpenRules): Sharp {
  const jpeg = isJpeg(bytes);
  const whole = jpeg && lacksEnd(bytes);
  return engine()(whole ? Buffer.concat([bytes, END_OF_IMAGE]) : bytes, {
    // With the end marker added, libjpeg treats the picture as complete and only warns about missing pixels.
    failOn: whole ? 'warning' : 'error',
    limitInputPixels: maxPixels,
    autoOrient,
    ignoreIcc,
  });
}

function isJpeg(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xd8;
}

/** Whether a JPEG has no end marker after its last scan. */
function lacksEnd(bytes: Uint8Array): boolean {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 2;
  while (at + 4 <= view.length && view[at] === 0xff && view[at + 1] !== 0xda) at += 2 + view.readUInt16BE(at + 2);
  return at + 4 <= view.length && view[at] === 0xff && view.indexOf(END_OF_IMAGE, at) < 0;
}

import { TEXTS } from '../texts.ts';
import { PageError } from './api.ts';

const { picture: words } = TEXTS;

/** Kinds that no function takes and some browsers read, by their first bytes as latin1 text. */
const FOREIGN: [kind: string, signature: RegExp, becomes: string][] = [
  ['HEIC', /^.{4}ftyp(?:hei[cmsx]|hev[cmx]|mif1|msf1)(?!.{4}(?:.{4}){0,8}?avi[fs])/s, 'image/jpeg'],
  ['JPEG XL', /^(?:\xff\x0a|\0\0\0\x0cJXL )/, 'image/jpeg'],
  ['BMP', /^BM.{4}\0\0\0\0/s, 'image/png'],
  ['ICO', /^\0\0\x01\0[^\0]\0/, 'image/png'],
];
const HEAD = 64;
/** Of JPEG: what it loses does not show. */
const QUALITY = 0.92;
/** More than that, and some phones make no picture of it at all. */
const SAFE_PIXELS = 16_000_000;

/**
 * A picture that the functions take: the file itself, or what the browser makes of a kind that they do not take.
 * @throws PageError `format-unsupported` where the browser does not read it either, saying how to convert it
 */
export async function readable(file: File): Promise<File> {
  const head = new TextDecoder('latin1').decode(await file.slice(0, HEAD).arrayBuffer());
  const [kind, , type = 'image/jpeg'] = FOREIGN.find(([, signature]) => signature.test(head)) ?? [];
  if (kind === undefined) return file;
  const made = await redrawn(file, type).catch(() => null);
  if (!made) throw new PageError(kind === 'HEIC' ? words.heic : words.unread(kind), 'format-unsupported');
  return new File([made], file.name.replace(/\.\w+$/, '') + type.replace('image/', '.').replace('jpeg', 'jpg'), {
    type,
  });
}

/** @throws where the browser cannot decode it */
async function redrawn(file: File, type: string): Promise<Blob | null> {
  const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' });
  const draw = (share: number): Promise<Blob | null> => {
    const canvas = document.createElement('canvas');
    Object.assign(canvas, { width: Math.round(bitmap.width * share), height: Math.round(bitmap.height * share) });
    canvas.getContext('2d')?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    return new Promise((resolve) => canvas.toBlob(resolve, type, QUALITY));
  };
  const whole = await draw(1);
  return whole ?? draw(Math.min(1, Math.sqrt(SAFE_PIXELS / (bitmap.width * bitmap.height))));
}

import type { Picture } from './picture.ts';
import { turns } from './turns.ts';

/** Pixels of the shorter side: as many as the largest CLIP looks at, so that a search may use it, too. */
const SIDE = 336;
const QUALITY = 0.85;

const made = new WeakMap<Picture, Promise<Blob>>();
/** A large photo takes 50 MB while it is decoded. */
const turn = turns(2);

/** A small copy of a picture, made once; the picture itself where the browser cannot read it or it is small already. */
export function thumbnail(picture: Picture): Promise<Blob> {
  const known = made.get(picture) ?? turn(() => shrunk(picture.blob)).catch(() => picture.blob);
  made.set(picture, known);
  return known;
}

async function shrunk(blob: Blob): Promise<Blob> {
  const whole = await createImageBitmap(blob, { imageOrientation: 'from-image' });
  const share = SIDE / Math.min(whole.width, whole.height);
  if (share >= 1) return blob;
  const canvas = document.createElement('canvas');
  Object.assign(canvas, { width: Math.round(whole.width * share), height: Math.round(whole.height * share) });
  const drawing = canvas.getContext('2d');
  if (!drawing) return blob;
  drawing.fillStyle = '#fff';
  drawing.fillRect(0, 0, canvas.width, canvas.height);
  drawing.imageSmoothingQuality = 'high';
  drawing.drawImage(whole, 0, 0, canvas.width, canvas.height);
  whole.close();
  return (await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', QUALITY))) ?? blob;
}

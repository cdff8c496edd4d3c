/** A picture made smaller before it is sent. */
export interface Smaller {
  blob: Blob;
  width: number;
  height: number;
}

/** Pixels of the shorter side: more than twice what the largest CLIP looks at (336). */
const SIDE = 768;
/** Below this many bytes there is nothing to gain. */
const WORTH = 1_000_000;
/** Of JPEG: what it loses moves cosines by thousandths (docs/page.md). */
const QUALITY = 0.92;

/**
 * A photo as large as a classifier can use, upright, or `undefined` where that saves nothing. Only
 * JPEG: cameras write it, and it has no transparency that could get lost.
 */
export async function smaller(blob: Blob): Promise<Smaller | undefined> {
  if (blob.type !== 'image/jpeg' || blob.size < WORTH) return undefined;
  try {
    // Bitmaps are upright: what the EXIF orientation says is done.
    const whole = await createImageBitmap(blob, { imageOrientation: 'from-image' });
    const share = SIDE / Math.min(whole.width, whole.height);
    if (share > 0.75) return undefined;
    const [width, height] = [Math.round(whole.width * share), Math.round(whole.height * share)];
    const canvas = document.createElement('canvas');
    Object.assign(canvas, { width, height });
    const drawing = canvas.getContext('2d');
    if (!drawing) return undefined;
    drawing.imageSmoothingQuality = 'high';
    drawing.drawImage(whole, 0, 0, width, height);
    whole.close();
    const made = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', QUALITY));
    return made && made.size < blob.size / 2 ? { blob: made, width, height } : undefined;
  } catch {
    // What the browser cannot read, the function may.
    return undefined;
  }
}

/* All operations, one line each. */
export { adjust } from './adjust.ts';
export { blur } from './blur.ts';
export { convert } from './convert.ts';
export { crop } from './crop.ts';
export { cutout } from './cutout.ts';
export { denoise } from './denoise.ts';
export { flip } from './flip.ts';
export { grayscale } from './grayscale.ts';
export { info } from './info.ts';
export { pad } from './pad.ts';
export { pixelate } from './pixelate.ts';
export { placeholder } from './placeholder.ts';
export { resize } from './resize.ts';
export { rotate } from './rotate.ts';
export { sharpen } from './sharpen.ts';
export { trim } from './trim.ts';
export { watermark } from './watermark.ts';

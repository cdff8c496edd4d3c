import { Problem } from '#contract/problems';

export const FORMATS = ['jpeg', 'png', 'webp', 'gif', 'avif', 'tiff'] as const;
export type Format = (typeof FORMATS)[number];

/** First bytes, as latin1 text, of supported formats. */
const SIGNATURES: [Format, RegExp][] = [
  ['jpeg', /^\xff\xd8\xff/],
  ['png', /^\x89PNG\r\n\x1a\n/],
  ['gif', /^GIF8[79]a/],
  ['webp', /^RIFF.{4}WEBP/s],
  ['avif', /^.{4}ftypavi[fs]/s],
  // A file's major brand may be HEIF's common one (mif1), with AVIF among its compatible brands.
  ['avif', /^.{4}ftyp(?:mif1|msf1).{4}(?:.{4}){0,8}?avi[fs]/s],
  ['tiff', /^(?:II[*+]\0|MM\0[*+])/],
];

/** Unsupported picture formats, named in the error message. */
const UNSUPPORTED: [string, RegExp][] = [
  ['HEIC', /^.{4}ftyp(?:hei[cmsx]|hev[cmx]|mif1|msf1)/s],
  ['JPEG XL', /^(?:\xff\x0a|\0\0\0\x0cJXL )/],
  ['JPEG 2000', /^(?:\0\0\0\x0cjP {2}|\xff\x4f\xff\x51)/],
  ['BMP', /^BM.{4}\0\0\0\0/s],
  ['ICO', /^\0\0[\x01\x02]\0[^\0]\0/],
  ['camera raw (CR3)', /^.{4}ftypcrx /s],
  ['camera raw (RAF)', /^FUJIFILMCCD-RAW/],
  ['camera raw (ORF)', /^(?:IIR[OS]|MMOR)/],
  ['camera raw (RW2)', /^IIU\0/],
  ['camera raw (X3F)', /^FOVb/],
  // Types of colour map and picture, and the start of the map: the format has no signature.
  [
    'TGA',
    /^.(?:\0[\x02\x03\x0a\x0b]\0{5}|\x01[\x01\x09].{5})(?=.{4}[^\0]|.{5}[^\0]).{8}[\x08\x0f\x10\x18\x20][\0-\x3f]/s,
  ],
  ['Photoshop (PSD)', /^8BPS/],
  ['OpenEXR', /^v\/1\x01/],
  ['QOI', /^qoif/],
];

/** Other files that people send by mistake. */
const OTHERS: [string, RegExp][] = [
  ['a PDF', /^\s*%PDF-/],
  [
    'an SVG, which is a drawing program rather than a picture',
    /^(?:\xef\xbb\xbf)?\s*(?:<\?xml.*?|<!--.*?-->\s*|<!DOCTYPE svg.*?)?<svg[\s>/]/is,
  ],
  ['HTML', /^(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html|head|body)/i],
  ['XML', /^(?:\xef\xbb\xbf)?\s*<\?xml/],
  ['a ZIP archive', /^PK\x03\x04/],
  ['gzip data', /^\x1f\x8b/],
  ['a video', /^(?:.{4}ftyp|\x1a\x45\xdf\xa3)/s],
];

/** The picture format by its first bytes; `undefined` if it is not supported. */
export function sniff(bytes: Buffer): Format | undefined {
  const head = bytes.toString('latin1', 0, 64);
  return SIGNATURES.find(([, signature]) => signature.test(head))?.[0];
}

/** The problem for bytes that {@link sniff} does not know: 415, naming what they are. */
export function refusal(bytes: Buffer): Problem {
  const head = bytes.toString('latin1', 0, 1024);
  const unsupported = UNSUPPORTED.find(([, signature]) => signature.test(head))?.[0];
  if (unsupported) return unsupportedProblem(`a ${unsupported} picture`, unsupported);
  const other =
    OTHERS.find(([, signature]) => signature.test(head))?.[0] ?? (isText(bytes) ? 'text' : 'data of an unknown kind');
  return new Problem('not-a-picture', `This is ${other}; ${TAKEN_IN}`);
}

/** @param kind as in `This is ${kind}` */
export function unsupportedProblem(kind: string, seen = kind): Problem {
  return new Problem('format-unsupported', `This is ${kind}; ${TAKEN_IN}`, { members: { seen } });
}

const TAKEN_IN = 'send JPEG, PNG, WebP, GIF, AVIF or TIFF.';

/** Whether the beginning is UTF-8 text without control characters. */
export function isText(bytes: Buffer): boolean {
  const head = bytes.subarray(0, 1024).toString('utf8');
  return !/[\0-\x08\x0e-\x1f]/.test(head) && !head.slice(0, -3).includes('\ufffd');
}

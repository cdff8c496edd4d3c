/** Signatures of encoded pictures, in hex, and their file extensions. */
const BEGINNINGS: [head: RegExp, extension: string][] = [
  [/^ffd8ff/, 'jpg'],
  [/^89504e470d0a1a0a/, 'png'],
  [/^474946383/, 'gif'],
  [/^52494646/, 'webp'],
  [/^(49492a00|4d4d002a)/, 'tiff'],
  [/^.{8}66747970/, 'avif'],
];

/** The extension for an encoded picture; undefined for other bytes, such as raw rows. */
export function extensionOf(data: Buffer): string | undefined {
  const head = data.toString('hex', 0, 8);
  return BEGINNINGS.find(([beginning]) => beginning.test(head))?.[1];
}

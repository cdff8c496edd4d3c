/** An image as `docker image inspect` prints it. */
export interface Measured {
  /** Bytes, unpacked. */
  Size: number;
  RootFS: { Layers: string[] };
}

/**
 * A Markdown table of images and what each adds to the base.
 * @param images by name
 * @throws RangeError if an image is not built on the base
 */
export function sizeTable(base: Measured, images: Record<string, Measured>): string {
  const rows = Object.entries(images).map(([name, { Size, RootFS }]) => {
    if (base.RootFS.Layers.some((layer, index) => RootFS.Layers[index] !== layer)) {
      throw new RangeError(`${name} is not built on that base.`);
    }
    return `| \`${name}\` | ${inMegabytes(Size - base.Size)} | ${inMegabytes(Size)} |`;
  });
  return ['| image | on top of the base, MB | in all, MB |', '|---|---|---|', ...rows].join('\n');
}

const inMegabytes = (bytes: number): string => (bytes / 1e6).toFixed(0);

/* Lists of labels as people write and paste them. Imports nothing: the function and its page share it. */

const SEPARATOR = /[,;\t\r\n]/;
/** A quoted label that ends where a label may end, or anything up to the next separator. */
const ONE_LABEL = / *(?:"((?:[^"]|"")*)" *(?=[,;\t\r\n]|$)|([^,;\t\r\n]*))(?:[,;\t\r\n]|$)/g;

/** Whether a text holds more than one label, or ends one. */
export const hasSeparator = (text: string): boolean => SEPARATOR.test(text);

/** Whether a quoted label is still being written: what looks like a separator is part of it. */
export const isInQuotes = (text: string): boolean => /^ *"(?:[^"]|"")*$/.test(text);

/**
 * Labels parted by lines, tabs, commas or semicolons, as a column or a row of a spreadsheet comes. In double quotes, as
 * in CSV, all of them are part of the label. Each label once, in order.
 */
export function splitLabels(text: string): string[] {
  const found = [...text.matchAll(ONE_LABEL)].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '');
  return [...new Set(found.map(tidy))].filter((label) => label !== '');
}

const tidy = (label: string): string => label.replace(/\s+/g, ' ').trim();

/** Labels as a text that {@link splitLabels} reads back. */
export function joinLabels(labels: readonly string[], separator = ', '): string {
  const written = labels.map((label) =>
    hasSeparator(label) || label.startsWith('"') ? `"${label.replaceAll('"', '""')}"` : label,
  );
  return written.join(separator);
}

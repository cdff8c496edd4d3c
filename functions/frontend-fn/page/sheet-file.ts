import type { Classification } from '#contract/classification';
import { csv } from '#report/csv';
import type { Picture } from './picture.ts';

/** What is known of a picture of the sheet. */
export interface SheetEntry {
  picture: Picture;
  classification: Classification | undefined;
}

/** A table, a label a row, with the columns of `obscura classify --csv`. No cell is a formula. */
export function sheetCsv(entries: SheetEntry[]): Blob {
  const rows = entries.flatMap(({ picture, classification }) =>
    (classification?.labels ?? []).map(({ label, score, cosine }, index) => [
      picture.name,
      index + 1,
      label,
      score,
      cosine,
      classification?.state ?? '',
    ]),
  );
  const table = csv([['picture', 'rank', 'label', 'score', 'cosine', 'state'], ...rows]);
  // Spreadsheets take a file for UTF-8 by its first mark.
  return new Blob(['\uFEFF', table], { type: 'text/csv' });
}

/** A list, each picture by its name with the whole answer. */
export function sheetJson(entries: SheetEntry[]): Blob {
  const list = entries.map(({ picture, classification }) => ({ picture: picture.name, ...classification }));
  return new Blob([`${JSON.stringify(list, undefined, 2)}\n`], { type: 'application/json' });
}

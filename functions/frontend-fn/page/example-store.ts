import { type TabRow, tabDatabase } from './tab-database.ts';

/** A class with its photos, as small as the model looks at them. */
export interface KeptClass {
  name: string;
  photos: { blob: Blob; name: string }[];
}

interface Row extends TabRow {
  classes: readonly KeptClass[];
}

/** Classes that were here before a reload of the tab. */
export async function restoreExamples(): Promise<readonly KeptClass[]> {
  const database = await tabDatabase();
  const [row] = (await database?.restore<Row>('examples').catch(() => [])) ?? [];
  return row?.classes ?? [];
}

/** Keeps these classes, and no others. @returns whether the browser keeps them */
export async function keepExamples(classes: readonly KeptClass[]): Promise<boolean> {
  const database = await tabDatabase();
  if (!database) return false;
  const write = (rows: IDBObjectStore): void => {
    if (classes.length === 0) rows.delete([database.tab, 0]);
    else rows.put({ tab: database.tab, place: 0, classes } satisfies Row);
  };
  return database.write('examples', write).then(
    () => true,
    () => false,
  );
}

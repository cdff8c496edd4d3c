import { type Picture, pictureOf } from './picture.ts';
import { type TabRow, tabDatabase } from './tab-database.ts';

interface KeptPhoto extends TabRow {
  blob: Blob;
  name: string;
  url?: string;
}

export interface PhotoStore {
  /** Photos that were here before a reload, in order. */
  restore(): Promise<Picture[]>;
  /** Keeps these photos, and no others. Resolves when they are kept, or could not be. */
  keep(pictures: readonly Picture[]): Promise<void>;
}

/** Photos of the sheet, over a reload of the tab. @param onFailure called when the browser does not keep a photo */
export function photoStore(onFailure: () => void): PhotoStore {
  const kept = new Map<Picture, number>();
  let last = 0;
  let queue: Promise<unknown> = tabDatabase();
  const write = async (pictures: readonly Picture[]): Promise<void> => {
    const database = await tabDatabase();
    await database?.write('photos', (rows) => {
      for (const [picture, place] of kept) {
        if (pictures.includes(picture)) continue;
        rows.delete([database.tab, place]);
        kept.delete(picture);
      }
      for (const picture of pictures) {
        if (kept.has(picture)) continue;
        last += 1;
        kept.set(picture, last);
        rows.put(rowOf(picture, database.tab, last));
      }
    });
  };
  return {
    async restore() {
      const database = await tabDatabase();
      const rows = (await database?.restore<KeptPhoto>('photos')) ?? [];
      return rows.map(({ blob, name, url, tab, place }) => {
        const picture = pictureOf(blob, name, url);
        if (tab === database?.tab) kept.set(picture, place);
        last = Math.max(last, place);
        return picture;
      });
    },
    keep(pictures) {
      const writing = queue.then(() => write(pictures)).catch(onFailure);
      queue = writing;
      return writing;
    },
  };
}

function rowOf({ blob, name, url }: Picture, tab: string, place: number): KeptPhoto {
  return { tab, place, blob, name, ...(url !== undefined && { url }) };
}

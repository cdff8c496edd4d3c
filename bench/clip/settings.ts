import { median, round } from './load.ts';
import { type Started, startFunction } from './processes.ts';
import { type Row, under } from './sweep.ts';

export interface SettingRow {
  /** Medians of the rounds: with one connection, and with eight. */
  p50Alone: number;
  perSecond: number;
  p50: number;
  cpuMsPerPicture: number;
  /** Memory after the last round, MB. */
  rssMb: number;
  /** Processors that everybody else kept busy, at most. */
  othersBusy: number;
  failures: number;
}

/** What somebody may set, on a machine of so many processors. */
const choices = (processors: number): Record<string, Record<string, string>> => ({
  [`1 worker × ${processors} threads`]: {},
  [`${processors} workers × 1 thread`]: { CLIP_WORKERS: `${processors}` },
  [`2 workers × ${processors} threads`]: { CLIP_WORKERS: '2', CLIP_THREADS: `${processors}` },
  [`1 × ${processors}, up to 4 together`]: { CLIP_TOGETHER: '4' },
  [`1 × ${processors}, up to 8 together`]: { CLIP_TOGETHER: '8' },
});

/** Compares settings of clip-fn: all of them are up, and are loaded in turn, round after round. */
export async function compareSettings(
  base: Record<string, string>,
  warmed: (fn: Started) => Promise<Started>,
  { query, picture, processors, rounds, seconds }: Conditions,
): Promise<Record<string, SettingRow>> {
  const all: { name: string; fn: Started; alone: Row[]; loaded: Row[] }[] = [];
  for (const [name, env] of Object.entries(choices(processors)))
    all.push({ name, fn: await warmed(await startFunction({ ...base, ...env })), alone: [], loaded: [] });
  for (let i = 0; i < rounds; i += 1) {
    for (const { fn, alone, loaded } of all) {
      alone.push(await under(fn, query, picture, 1, seconds));
      loaded.push(await under(fn, query, picture, 8, seconds));
    }
  }
  for (const { fn } of all) await fn.stop();
  return Object.fromEntries(all.map(({ name, alone, loaded }) => [name, summary(alone, loaded)]));
}

interface Conditions {
  query: string;
  picture: Buffer;
  processors: number;
  rounds: number;
  seconds: number;
}

function summary(alone: Row[], loaded: Row[]): SettingRow {
  const middle = (rows: Row[], pick: (row: Row) => number) => round(median(rows.map(pick)));
  return {
    p50Alone: middle(alone, ({ p50 }) => p50),
    perSecond: middle(loaded, ({ perSecond }) => perSecond),
    p50: middle(loaded, ({ p50 }) => p50),
    cpuMsPerPicture: middle(loaded, (row) => row.cpuMsPerPicture),
    rssMb: loaded.at(-1)?.rssMb ?? 0,
    othersBusy: Math.max(...[...alone, ...loaded].map(({ othersBusy }) => othersBusy)),
    failures: [...alone, ...loaded].reduce((sum, row) => sum + row.failures, 0),
  };
}

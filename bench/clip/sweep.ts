import { ask, type Figures, load, percentiles, round } from './load.ts';
import { usageOf, watchOthers } from './processes.ts';

export const CONCURRENCIES = [1, 2, 4, 8, 32];

export interface Row extends Figures {
  /** Processor milliseconds of the processes that serve, for each picture. */
  cpuMsPerPicture: number;
  rssMb: number;
  peakMb: number;
  /** Of the function's event loop, milliseconds at p99. */
  lagP99: number | undefined;
  /** A route that needs no inference, asked ten times a second meanwhile. */
  otherRoute: { p50: number; p90: number; p99: number };
  /** Processors that everybody else kept busy. */
  othersBusy: number;
}

/** Load on something that serves clip-fn, and what it costs. */
export async function under(
  { url, pid }: { url: string; pid: number },
  query: string,
  picture: Buffer,
  concurrency: number,
  seconds: number,
): Promise<Row> {
  const before = usageOf(pid);
  const others = watchOthers();
  await lagOf(url);
  const waits: number[] = [];
  const probe = setInterval(async () => {
    const start = performance.now();
    if ((await ask(`${url}/labelsets`)) === 200) waits.push(performance.now() - start);
  }, 100);
  const figures = await load({ url: url + query, body: picture, concurrency, seconds });
  clearInterval(probe);
  const othersBusy = others();
  const { cpuMs, rssMb, peakMb } = usageOf(pid);
  const cpuMsPerPicture = round((cpuMs - before.cpuMs) / figures.answers);
  const lagP99 = await lagOf(url);
  return { ...figures, cpuMsPerPicture, rssMb, peakMb, lagP99, otherRoute: percentiles(waits), othersBusy };
}

/** The event loop's lag since this was last asked, as the function itself tells it. */
async function lagOf(url: string): Promise<number | undefined> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const seconds = /^nodejs_eventloop_lag_seconds\{quantile="0.99"\} (\S+)$/m.exec(text)?.[1];
  return seconds === undefined ? undefined : round(Number(seconds) * 1_000);
}

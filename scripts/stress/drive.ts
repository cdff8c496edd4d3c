import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, connections, send } from './send.ts';
import { type Summary, Tally } from './tally.ts';
import type { Traffic } from './traffic.ts';

export interface Driven extends Summary {
  /** The generator's event loop delay, p99 in ms. If it is large, the generator was the bottleneck. */
  generatorLag: number;
}

interface Load {
  url: string;
  traffic: Traffic;
  seconds: number;
}

/**
 * Closed loop: each user sends the next request after the answer and a think time.
 * @param think range in milliseconds, uniformly distributed
 */
export async function closedLoop({
  url,
  traffic,
  seconds,
  users,
  think,
}: Load & { users: number; think?: [number, number] }): Promise<Driven> {
  return driven(async (tally, agent) => {
    const started = performance.now();
    const ends = started + seconds * 1000;
    const pause = (): number => (think ? think[0] + Math.random() * (think[1] - think[0]) : 0);
    const user = async (): Promise<void> => {
      // Users do not start at the same moment.
      if (think) await sleep(Math.min(pause(), seconds * 500));
      while (performance.now() < ends) {
        await one(url, traffic, agent, tally);
        if (think) await sleep(Math.min(pause(), Math.max(0, ends - performance.now())));
      }
    };
    await Promise.all(Array.from({ length: users }, user));
    return (performance.now() - started) / 1000;
  });
}

/**
 * Open loop: requests start at a constant rate, whether earlier ones have finished or not. Latency counts from the
 * scheduled start, so a stall delays all requests that were due meanwhile (no coordinated omission).
 */
export async function openLoop({ url, traffic, seconds, rate }: Load & { rate: number }): Promise<Driven> {
  return driven(async (tally, agent) => {
    const started = performance.now();
    const underWay = new Set<Promise<void>>();
    for (let number = 0; number < rate * seconds; number++) {
      const due = started + (number * 1000) / rate;
      const wait = due - performance.now();
      if (wait > 1) await sleep(wait);
      const request: Promise<void> = one(url, traffic, agent, tally, due).finally(() => underWay.delete(request));
      underWay.add(request);
    }
    await Promise.all(underWay);
    return (performance.now() - started) / 1000;
  });
}

async function driven(work: (tally: Tally, agent: ReturnType<typeof connections>) => Promise<number>): Promise<Driven> {
  const lag = monitorEventLoopDelay({ resolution: 10 });
  lag.enable();
  const agent = connections();
  const tally = new Tally();
  const seconds = await work(tally, agent);
  agent.destroy();
  lag.disable();
  return { ...tally.summary(seconds), generatorLag: Math.max(0, lag.percentile(99) / 1e6 - 10) };
}

async function one(
  url: string,
  traffic: Traffic,
  agent: ReturnType<typeof connections>,
  tally: Tally,
  due = performance.now(),
): Promise<void> {
  const { sent, check, status = 200 } = traffic.next();
  const answer = await send(url, sent, agent);
  const ms = performance.now() - due;
  const complaint = answer.status === status ? check(answer) : undefined;
  const verdict = answer.status !== status ? 'refused' : complaint === undefined ? 'right' : { wrong: complaint };
  tally.add(ms, outcome(answer), verdict);
}

/** The status, with the code of a problem. */
export function outcome({ status, failure, headers, body }: Answer): string {
  if (status === 0) return `none ${failure}`;
  if (!String(headers['content-type']).startsWith('application/problem+json')) return String(status);
  try {
    return `${status} ${JSON.parse(body.toString('utf8')).code}`;
  } catch {
    return `${status} (broken problem)`;
  }
}

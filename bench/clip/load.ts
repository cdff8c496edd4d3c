import { Agent, request } from 'node:http';

export interface Figures {
  concurrency: number;
  answers: number;
  failures: number;
  perSecond: number;
  /** Milliseconds from request to the last byte of the answer. */
  p50: number;
  p90: number;
  p99: number;
}

export interface Load {
  url: string;
  body?: Buffer;
  concurrency: number;
  seconds: number;
}

/** Keeps `concurrency` requests under way for some seconds: each connection asks again as soon as it is answered. */
export async function load({ url, body, concurrency, seconds }: Load): Promise<Figures> {
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  const times: number[] = [];
  let failures = 0;
  const began = performance.now();
  const until = began + seconds * 1_000;
  const client = async () => {
    while (performance.now() < until) {
      const start = performance.now();
      const status = await ask(url, body, agent);
      times.push(performance.now() - start);
      if (status !== 200) failures += 1;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, client));
  const durationMs = (performance.now() - began) / 1_000;
  agent.destroy();
  return {
    concurrency,
    answers: times.length,
    failures,
    perSecond: round(times.length / durationMs),
    ...percentiles(times),
  };
}

/** Does something again and again for some seconds, once at a time. */
export async function timed(once: () => Promise<unknown>, seconds: number) {
  const times: number[] = [];
  const began = performance.now();
  while (performance.now() - began < seconds * 1_000) {
    const start = performance.now();
    await once();
    times.push(performance.now() - start);
  }
  return { perSecond: round((times.length * 1_000) / (performance.now() - began)), ...percentiles(times) };
}

export function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

export function percentiles(times: number[]): { p50: number; p90: number; p99: number } {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99) };
}

export function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/** @returns the status of the answer, once all of it is there; 0 when there was none */
export function ask(url: string, body?: Buffer, agent?: Agent): Promise<number> {
  return new Promise((resolve) => {
    const method = body ? 'POST' : 'GET';
    const headers = body ? { 'content-type': 'image/jpeg', 'content-length': body.length } : {};
    const sent = request(url, { method, headers, ...(agent && { agent }) }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode ?? 0));
    });
    sent.on('error', () => resolve(0));
    sent.end(body);
  });
}

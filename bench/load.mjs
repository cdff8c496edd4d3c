// Closed-loop load on one URL, from this process: so many requests in flight, for so long. Used by the benches.

import { readFileSync } from 'node:fs';
import http from 'node:http';

/** Milliseconds of CPU a process has used so far (Linux), in steps of ten. */
export function cpuOf(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Resident memory of a process in MB (Linux). */
export function memoryOf(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
}

export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

/**
 * @param url where to send it, or a function that makes an address for each request
 * @param body a function of the request's number, so that no two requests are the same; none for a GET
 * @param count so many requests, in place of `seconds`
 * @returns requests a second, latencies in ms, errors
 */
export async function load(url, { body, inFlight, seconds = 0, count, accept = 'image/*', method = 'POST' }) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: inFlight });
  const latencies = [];
  let errors = 0;
  let number = 0;
  let sent = 0;
  const ends = performance.now() + seconds * 1000;
  const started = performance.now();
  const one = async () => {
    while (count === undefined ? performance.now() < ends : sent < count) {
      sent += 1;
      const begin = performance.now();
      const to = typeof url === 'function' ? url() : url;
      const status = await send(to, body?.(number++), { method, agent, accept }).catch(() => 0);
      if (status === 200) latencies.push(performance.now() - begin);
      else errors += 1;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, one));
  const durationMs = (performance.now() - started) / 1000;
  agent.destroy();
  return {
    rps: latencies.length / durationMs,
    p50: quantile(latencies, 0.5),
    p95: quantile(latencies, 0.95),
    p99: quantile(latencies, 0.99),
    count: latencies.length,
    errors,
  };
}

function send(url, body, { method, agent, accept }) {
  return new Promise((resolve, reject) => {
    const headers = { accept, ...(body && { 'content-length': body.length }) };
    const request = http.request(url, { method, agent, headers });
    request.on('response', (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode));
      response.on('error', reject);
    });
    request.on('error', reject);
    request.end(body);
  });
}

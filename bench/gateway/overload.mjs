// What more callers than there is work for cost: transform-fn and clip-fn, directly and through the gateway, with 16 to
// 256 connections that ask again at once, refused or not. Good answers a second against the best at 16; processor time
// of the whole system for each refusal, over what the good answers take at 16.
// usage: node scripts/build.mjs && node bench/gateway/overload.mjs [--seconds 6] [--function transform-fn]
//   → results/overload.json
import { writeFileSync } from 'node:fs';
import http from 'node:http';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { quantile } from '../load.mjs';
import { root, startFunction, startGateway, treeCpu } from '../processes.mjs';
import { machine } from './gateway.mjs';

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '6' }, function: { type: 'string' }, way: { type: 'string' } },
});
const CONNECTIONS = [16, 64, 128, 256];
const source = `${root}/functions/frontend-fn/page/samples/coffee.jpg`;
const photo = (width, height) => sharp(source).resize(width, height, { fit: 'cover' }).jpeg({ quality: 90 }).toBuffer();
const CALLS = {
  'transform-fn': { query: '/?chain=resize:512', body: await photo(2040, 1356) },
  'clip-fn': { query: '/?labels=cat,dog,cup', body: await photo(480, 360) },
};
let number = 0;
/** Never the same bytes twice: nothing may be remembered. */
const fresh = (body) => Buffer.concat([body, Buffer.from(String(number++).padStart(12, '0'))]);

/** One call. @returns its status; 0 when the connection broke before an answer */
function ask(url, body, agent) {
  return new Promise((resolve) => {
    const request = http.request(url, { method: 'POST', agent, headers: { 'content-length': body.length } });
    request.on('error', () => resolve(0));
    request.on('response', (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode));
      response.on('error', () => resolve(0));
    });
    request.end(body);
  });
}

/** @returns good answers, their latencies in ms, refusals, and processor time of the system in ms */
async function crowd({ pid, url }, { query, body }, connections, seconds) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections });
  const [good, refused, others] = [[], [], {}];
  let counting = false;
  const ends = performance.now() + (seconds + 2) * 1000;
  const one = async () => {
    while (performance.now() < ends) {
      const began = performance.now();
      const status = await ask(url + query, fresh(body), agent);
      if (!counting) continue;
      if (status === 200) good.push(performance.now() - began);
      else if (status === 429) refused.push(performance.now() - began);
      else others[status] = (others[status] ?? 0) + 1;
    }
  };
  const all = Promise.all(Array.from({ length: connections }, one));
  // The queue fills first.
  await new Promise((resolve) => setTimeout(resolve, 2000));
  counting = true;
  const [began, before, own] = [performance.now(), treeCpu(pid), process.cpuUsage()];
  await all;
  const { user, system } = process.cpuUsage(own);
  const result = { seconds: (performance.now() - began) / 1000, cpuMs: treeCpu(pid) - before };
  agent.destroy();
  return { ...result, generatorMs: (user + system) / 1000, good, refused, others };
}

const round = (value) => Number(value.toFixed(2));

async function sweep(target, call) {
  const rows = [];
  for (const connections of CONNECTIONS) {
    const { seconds, cpuMs, generatorMs, good, refused, others } = await crowd(
      target,
      call,
      connections,
      Number(values.seconds),
    );
    const rate = good.length / seconds;
    const first = rows[0] ?? { perSecond: rate, cpuMsEach: cpuMs / good.length };
    rows.push({
      connections,
      perSecond: round(rate),
      ofBest: round(rate / first.perSecond),
      p50: round(quantile(good, 0.5)),
      p95: round(quantile(good, 0.95)),
      refusedPerSecond: round(refused.length / seconds),
      cpuMsEach: round(cpuMs / good.length),
      cpuMsRefusal: refused.length > 0 ? round((cpuMs - good.length * first.cpuMsEach) / refused.length) : 0,
      generatorShare: round(generatorMs / seconds / 1000),
      ...(Object.keys(others).length > 0 && { others }),
    });
    console.log(JSON.stringify(rows.at(-1)));
  }
  return rows;
}

const results = {};
for (const [name, call] of Object.entries(CALLS)) {
  if (values.function !== undefined && values.function !== name) continue;
  const direct = await startFunction(name);
  const gateway = await startGateway();
  const ways = { direct, gateway: { ...gateway, url: `${gateway.url}/function/${name}` } };
  for (const [way, target] of Object.entries(ways)) {
    if (values.way !== undefined && values.way !== way) continue;
    console.log(`${name}, ${way}`);
    results[`${name}, ${way}`] = await sweep(target, call);
  }
  direct.stop();
  await gateway.stop();
}
const report = { date: new Date().toISOString(), machine: machine(), seconds: Number(values.seconds), results };
writeFileSync(new URL('results/overload.json', import.meta.url), `${JSON.stringify(report, null, 1)}\n`);

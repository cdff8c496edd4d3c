// transform-fn against sharp alone, in one run: 2040 × 1356 JPEG → 512, in process, called directly, through the
// gateway; three operations in one chain against three calls.
// usage: node scripts/build.mjs && node bench/imaging/run.mjs [--seconds 8] [--photo FILE]   → results/<date>.json
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { cpuOf, load, memoryOf, quantile } from '../load.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, '../..');
const { values } = parseArgs({ options: { seconds: { type: 'string', default: '8' }, photo: { type: 'string' } } });
const seconds = Number(values.seconds);
const env = { ...process.env, CACHE_BYTES: '0' };

const photo = await sharp(values.photo ?? path.join(root, 'functions/frontend-fn/page/samples/coffee.jpg'))
  .resize(2040, 1356, { fit: 'cover' })
  .jpeg({ quality: 85 })
  .toBuffer();
/** The same picture, never the same bytes: nothing may be remembered or worked once for two. */
const body = (number) => Buffer.concat([photo, Buffer.from(String(number).padStart(12, '0'))]);

/** sharp alone, in this process, as many at once as the functions get. */
async function alone(format, inFlight) {
  sharp.cache(false);
  const latencies = [];
  const before = process.cpuUsage();
  const started = performance.now();
  const ends = started + seconds * 1000;
  let number = 0;
  const one = async () => {
    while (performance.now() < ends) {
      const begin = performance.now();
      const input = body(number++);
      const graph = sharp(input, { autoOrient: true }).resize({ width: 512, fit: 'cover' });
      await encoders[format](graph).toBuffer();
      latencies.push(performance.now() - begin);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, one));
  const used = process.cpuUsage(before);
  const took = (performance.now() - started) / 1000;
  return {
    rps: latencies.length / took,
    p50: quantile(latencies, 0.5),
    p95: quantile(latencies, 0.95),
    cpuMs: (used.user + used.system) / 1000 / latencies.length,
  };
}

const encoders = {
  jpeg: (graph) => graph.jpeg({ quality: 85 }),
  png: (graph) => graph.png(),
  webp: (graph) => graph.webp({ quality: 80, exact: true }),
  avif: (graph) => graph.avif({ quality: 55, effort: 0 }),
};

async function startFunction(name) {
  const child = fork(path.join(root, 'dist', name, 'index.js'), {
    env: { ...env, http_port: '0' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [{ port }] = await once(child, 'message');
  return { pid: child.pid, url: `http://127.0.0.1:${port}`, stop: () => child.kill() };
}

async function startGateway() {
  const child = spawn(
    process.execPath,
    [path.join(root, 'dist/gateway/index.js'), '--port', '0', '--metrics-port', '0'],
    { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  for await (const chunk of child.stdout) {
    const url = /http:\/\/127\.0\.0\.1:\d+(?=\/function)/.exec(String(chunk))?.[0];
    if (url) {
      child.stdout.resume();
      return { pid: child.pid, url, stop: () => child.kill('SIGINT') };
    }
  }
  throw new Error('the gateway did not start');
}

async function measured(url, pid, inFlight) {
  await load(url, { body, inFlight, seconds: 1.5 });
  const before = pid && cpuOf(pid);
  const result = await load(url, { body, inFlight, seconds });
  return { ...result, ...(pid && { cpuMs: (cpuOf(pid) - before) / result.count, rssMb: memoryOf(pid) }) };
}

const rows = [];
const add = (what, format, inFlight, result) => {
  rows.push({ what, format, inFlight, ...result });
  const shown = [
    what.padEnd(34),
    format.padEnd(5),
    String(inFlight).padStart(2),
    `${result.rps.toFixed(1)} /s`,
    `p50 ${result.p50?.toFixed(1)}`,
    `p95 ${result.p95?.toFixed(1)}`,
  ];
  console.log(
    [
      ...shown,
      result.cpuMs ? `cpu ${result.cpuMs.toFixed(1)} ms` : '',
      result.rssMb ? `rss ${result.rssMb.toFixed(0)} MB` : '',
      result.errors ? `${result.errors} errors` : '',
    ].join('  '),
  );
};

const direct = await startFunction('transform-fn');
const gateway = await startGateway();
const query = (chain, format) => `?chain=${encodeURIComponent(chain)}&format=${format}`;

for (const format of ['jpeg', 'png', 'webp', 'avif']) {
  for (const inFlight of format === 'jpeg' ? [1, 2, 8, 32] : [2]) {
    add('sharp alone', format, inFlight, await alone(format, inFlight));
    add(
      'transform-fn, direct',
      format,
      inFlight,
      await measured(`${direct.url}/${query('resize:512', format)}`, direct.pid, inFlight),
    );
    add(
      'transform-fn, through the gateway',
      format,
      inFlight,
      await measured(`${gateway.url}/function/transform-fn${query('resize:512', format)}`, undefined, inFlight),
    );
  }
}

const rotated = await startFunction('rotate-fn');
add('rotate-fn 90, full size', 'jpeg', 2, await measured(`${rotated.url}/?angle=90`, rotated.pid, 2));
rotated.stop();

const steps = ['resize:width=1024', 'rotate:90', 'grayscale'];
add(
  'three operations, one chain',
  'jpeg',
  2,
  await measured(`${direct.url}/${query(steps.join(';'), 'jpeg')}`, direct.pid, 2),
);
const each = [];
for (const step of steps) each.push(await measured(`${direct.url}/${query(step, 'jpeg')}`, direct.pid, 2));
add('three operations, three calls', 'jpeg', 2, {
  rps: 1 / each.reduce((sum, { rps }) => sum + 1 / rps, 0),
  p50: each.reduce((sum, { p50 }) => sum + p50, 0),
  p95: undefined,
});

direct.stop();
gateway.stop();
const machine = {
  cpu: cpus()[0]?.model,
  cores: cpus().length,
  node: process.version,
  sharp: sharp.versions,
  seconds,
  bytes: photo.length,
};
mkdirSync(path.join(here, 'results'), { recursive: true });
const file = path.join(here, 'results', `${new Date().toISOString().slice(0, 10)}.json`);
writeFileSync(file, `${JSON.stringify({ machine, rows }, undefined, 1)}\n`);
console.log(`raw results: ${path.relative(root, file)}`);

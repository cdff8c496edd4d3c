// transform-fn against sharp alone, in one run: a resize in four formats and three sizes, rotations and chains, in
// process, called directly, through the gateway; three operations in one chain against three calls. CPU and memory.
// usage: node scripts/build.mjs && node bench/imaging/run.mjs [--seconds 8] [--photo FILE]   → results/<date>.json
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { load, quantile } from '../load.mjs';
import { root, startFunction, startGateway, watched } from '../processes.mjs';
import { report } from '../report.mjs';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '8' }, photo: { type: 'string' } } });
const seconds = Number(values.seconds);
const source = values.photo ?? path.join(root, 'functions/frontend-fn/page/samples/coffee.jpg');

const SIZES = { small: [640, 426], middle: [2040, 1356], large: [6000, 4000] };
const photos = {};
for (const [name, [width, height]] of Object.entries(SIZES)) {
  photos[name] = await sharp(source).resize(width, height, { fit: 'cover' }).jpeg({ quality: 85 }).toBuffer();
}
/** The same picture, never the same bytes: nothing may be remembered or worked once for two. */
const bodyOf = (size) => (number) => Buffer.concat([photos[size], Buffer.from(String(number).padStart(12, '0'))]);

const encoders = {
  jpeg: (graph) => graph.jpeg({ quality: 85 }),
  png: (graph) => graph.png(),
  webp: (graph) => graph.webp({ quality: 80, exact: true }),
  avif: (graph) => graph.avif({ quality: 55, effort: 0 }),
};

/** sharp in this process, as many at once as the function gets. */
async function alone({ size, format, inFlight }) {
  const body = bodyOf(size);
  const latencies = [];
  const one = async (ends, number) => {
    while (performance.now() < ends) {
      const begin = performance.now();
      const graph = sharp(body(number++), { autoOrient: true }).resize({ width: 512, fit: 'cover' });
      await encoders[format](graph).toBuffer();
      latencies.push(performance.now() - begin);
    }
  };
  const all = (ms) => {
    const ends = performance.now() + ms;
    return Promise.all(Array.from({ length: inFlight }, (_, n) => one(ends, n * 1e6)));
  };
  await all(1_500);
  latencies.length = 0;
  const before = process.cpuUsage();
  const started = performance.now();
  await all(seconds * 1_000);
  const { user, system } = process.cpuUsage(before);
  return {
    count: latencies.length,
    rps: (latencies.length * 1_000) / (performance.now() - started),
    p50: quantile(latencies, 0.5),
    p95: quantile(latencies, 0.95),
    cpuMs: (user + system) / 1_000 / latencies.length,
  };
}

async function measured({ pid, url }, query, { size, inFlight }) {
  const body = bodyOf(size);
  await load(url + query, { body, inFlight, seconds: 1.5 });
  return watched(pid, () => load(url + query, { body, inFlight, seconds }));
}

sharp.cache(false);
const { add, write } = report(path.dirname(fileURLToPath(import.meta.url)), {
  seconds,
  sharp: sharp.versions,
  bytes: Object.fromEntries(Object.entries(photos).map(([name, { length }]) => [name, length])),
});
const direct = await startFunction('transform-fn');
const gateway = await startGateway();
const through = { pid: gateway.pid, url: `${gateway.url}/function/transform-fn` };
const query = (chain, format = 'jpeg') => `?chain=${encodeURIComponent(chain)}&format=${format}`;

const resizes = [
  ...[1, 2, 8, 32].map((inFlight) => ({ size: 'middle', format: 'jpeg', inFlight })),
  ...['png', 'webp', 'avif'].map((format) => ({ size: 'middle', format, inFlight: 2 })),
  ...['small', 'large'].map((size) => ({ size, format: 'jpeg', inFlight: 2 })),
];
for (const rule of resizes) {
  add({ work: 'resize to 512', where: 'sharp alone', ...rule }, await alone(rule));
  for (const [where, target] of Object.entries({ direct, 'through the gateway': through })) {
    add(
      { work: 'resize to 512', where, ...rule },
      await measured(target, `/${query('resize:512', rule.format)}`, rule),
    );
  }
}

for (const inFlight of [2, 32]) {
  const rule = { size: 'middle', inFlight };
  const rotate = await startFunction('rotate-fn');
  add({ work: 'rotate by 90, full size', where: 'direct', ...rule }, await measured(rotate, '/?angle=90', rule));
  rotate.stop();
}

const steps = ['resize:width=1024', 'rotate:90', 'grayscale'];
const rule = { size: 'middle', inFlight: 2 };
add(
  { work: 'one chain of three', where: 'direct', ...rule },
  await measured(direct, `/${query(steps.join(';'))}`, rule),
);
const each = [];
for (const step of steps) each.push(await measured(direct, `/${query(step)}`, rule));
add(
  { work: 'three calls of one', where: 'direct', ...rule },
  {
    rps: 1 / each.reduce((sum, { rps }) => sum + 1 / rps, 0),
    p50: each.reduce((sum, { p50 }) => sum + p50, 0),
    cpuMs: each.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
  },
);
direct.stop();
gateway.stop();
write();

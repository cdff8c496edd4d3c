// cutout-fn by method and picture size, one request at a time: how long it takes, what it costs, how much it holds.
// usage: node scripts/build.mjs && node bench/cutout/run.mjs [--requests 20] [--photo FILE]   → results/<date>.json
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { quantile } from '../load.mjs';
import { root, startFunction, watched } from '../processes.mjs';
import { report } from '../report.mjs';

const { values } = parseArgs({ options: { requests: { type: 'string', default: '20' }, photo: { type: 'string' } } });
const requests = Number(values.requests);
const source = values.photo ?? path.join(root, 'functions/frontend-fn/page/samples/coffee.jpg');
const SIZES = { small: [320, 240], middle: [1200, 900], large: [4000, 3000] };
const out = report(path.dirname(fileURLToPath(import.meta.url)), { requests });

/** @returns milliseconds of each request, the first one (which opens the model) left out */
async function measure(url, photo) {
  const latencies = [];
  for (let number = 0; number <= requests; number++) {
    // The same picture, never the same bytes: nothing may be remembered.
    const body = Buffer.concat([photo, Buffer.from(String(number).padStart(6, '0'))]);
    const started = performance.now();
    const response = await fetch(url, { method: 'POST', body });
    const answer = await response.arrayBuffer();
    if (!response.ok) throw new Error(Buffer.from(answer).toString());
    if (number > 0) latencies.push(performance.now() - started);
  }
  return { count: latencies.length, p50: quantile(latencies, 0.5), p95: quantile(latencies, 0.95) };
}

for (const [size, [width, height]] of Object.entries(SIZES)) {
  const photo = await sharp(source).resize(width, height, { fit: 'cover' }).jpeg({ quality: 85 }).toBuffer();
  for (const method of ['model', 'border']) {
    const cutout = await startFunction('cutout-fn');
    const query = `method=${method}&mask=true&format=jpeg`;
    out.add({ method, size }, await watched(cutout.pid, () => measure(`${cutout.url}/?${query}`, photo)));
    cutout.stop();
  }
}
out.write();

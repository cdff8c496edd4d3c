// transform-fn's processor time against sharp alone, for a picture → 512 px: directly, by address and through the
// gateway. All take turns, a lot of pictures each, so that other work on the machine disturbs all alike. The figures
// are medians of the rounds, and the ratios are medians of the rounds' ratios.
// usage: node scripts/build.mjs && node bench/imaging/ratios.mjs [--rounds 9] [--only jpeg] [--sizes 2.8,12]
//   [--flight 1,2] [--ways direct,address,gateway]   → results/ratios-<date>.json
import { fork } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { load, quantile } from '../load.mjs';
import { root, startFunction, startGateway, treeCpu } from '../processes.mjs';
import { report } from '../report.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    only: { type: 'string', default: '' },
    sizes: { type: 'string', default: '2.8' },
    flight: { type: 'string', default: '2' },
    ways: { type: 'string', default: 'direct,address,gateway' },
  },
});
const source = path.join(root, 'functions/frontend-fn/page/samples/coffee.jpg');

/** A photo of so many megapixels, 3 : 2. */
function photoOf(megapixels) {
  const width = Math.round(Math.sqrt(megapixels * 1.5e6));
  return sharp(source)
    .resize(width, Math.round(width / 1.5), { fit: 'cover' })
    .jpeg({ quality: 85 })
    .toBuffer();
}

let number = 0;
/** The same picture, never the same bytes: nothing may be remembered or worked once for two. */
const own = (photo) => Buffer.concat([photo, Buffer.from(String(number++).padStart(12, '0'))]);

const photos = {};
const origin = http
  .createServer(({ url }, response) => response.end(own(photos[url.split('/')[1]])))
  .listen(0, '127.0.0.1');
await once(origin, 'listening');

const bare = fork(path.join(here, 'alone.mjs'));
const direct = await startFunction('transform-fn');
const gateway = values.ways.includes('gateway') ? await startGateway() : undefined;

async function alone({ size, format, inFlight, count }) {
  bare.send({ photo: photos[size].toString('base64'), format, inFlight, count });
  const [{ cpuMs, ms }] = await once(bare, 'message');
  return { cpuMs: cpuMs / count, rps: (count * 1_000) / ms };
}

async function answered({ pid, url }, { size, format, inFlight, count }, byAddress = false) {
  const query = `?chain=resize:512&format=${format}`;
  const to = () => `${url}/${query}&url=http://127.0.0.1:${origin.address().port}/${size}/${number++}.jpg`;
  const before = treeCpu(pid);
  const { rps, errors } = byAddress
    ? await load(to, { method: 'GET', inFlight, count })
    : await load(url + (url.endsWith('fn') ? '' : '/') + query, { body: () => own(photos[size]), inFlight, count });
  if (errors > 0) throw new Error(`${errors} calls failed`);
  return { cpuMs: (treeCpu(pid) - before) / count, rps };
}

const ways = {
  alone,
  direct: (work) => answered(direct, work),
  address: (work) => answered(direct, work, true),
  gateway: (work) => answered({ pid: gateway.pid, url: `${gateway.url}/function/transform-fn` }, work),
};
const chosen = Object.entries(ways).filter(([name]) => name === 'alone' || values.ways.includes(name));
const { add, write } = report(here, { rounds: Number(values.rounds), sharp: sharp.versions }, 'ratios-');
const middle = (all) => quantile(all, 0.5);
const spread = (all) => [quantile(all, 0.25), quantile(all, 0.75)].map((one) => one.toFixed(2)).join(' to ');

async function compare({ size, format, inFlight }) {
  const count = Math.max(8, Math.round(60 / Math.max(1, Number(size) / 3) / (format === 'jpeg' ? 1 : 2)));
  const seen = Object.fromEntries(chosen.map(([name]) => [name, []]));
  for (let round = -1; round < Number(values.rounds); round++) {
    for (const [name, way] of chosen) {
      const result = await way({ size, format, inFlight, count });
      if (round >= 0) seen[name].push(result);
    }
  }
  for (const [name, results] of Object.entries(seen)) {
    const ratio = (of) => results.map((one, round) => one[of] / seen.alone[round][of]);
    const result = {
      cpuMs: middle(results.map(({ cpuMs }) => cpuMs)),
      rps: middle(results.map(({ rps }) => rps)),
      cpuRatio: middle(ratio('cpuMs')),
      rpsRatio: middle(ratio('rps')),
      spread: spread(ratio('cpuMs')),
    };
    add({ way: name, megapixels: size, format, inFlight }, result);
    console.log(`  × ${result.cpuRatio.toFixed(2)} cpu (${result.spread}), × ${result.rpsRatio.toFixed(2)} answers/s`);
  }
}

const formats = ['jpeg', 'png', 'webp', 'avif'].filter((format) => format.includes(values.only));
for (const size of values.sizes.split(',')) {
  photos[size] = await photoOf(Number(size));
  for (const format of formats) {
    for (const inFlight of values.flight.split(',').map(Number)) await compare({ size, format, inFlight });
  }
}
write();
direct.stop();
gateway?.stop();
bare.kill();
origin.close();

// transform-fn beside other picture servers, in one run: a JPEG of 2040 × 1356, fetched by address from this process,
// to 512 px in four formats. Each peer is named by where it is; README.md tells how to get it.
// usage: node scripts/build.mjs && node bench/peers/run.mjs [--seconds 8] [--ipx FOLDER]
//   [--thumbor BIN] [--imgproxy BIN]
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { load } from '../load.mjs';
import { freePort, root, startFunction, startProgram, watched } from '../processes.mjs';
import { report } from '../report.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '8' },
    ipx: { type: 'string' },
    thumbor: { type: 'string' },
    imgproxy: { type: 'string' },
  },
});
const seconds = Number(values.seconds);
/** Not of PNG: sharp and ipx would reduce its colours. */
const QUALITY = { jpeg: 85, png: 100, webp: 80, avif: 55 };

const photo = await sharp(path.join(root, 'functions/frontend-fn/page/samples/coffee.jpg'))
  .resize(2040, 1356, { fit: 'cover' })
  .jpeg({ quality: 85 })
  .toBuffer();
/** Every address is another one with bytes of its own, so that nobody answers from memory or works once for two. */
const origin = createServer(({ url }, response) => {
  const bytes = Buffer.concat([photo, Buffer.from(url)]);
  response.writeHead(200, { 'content-type': 'image/jpeg', 'content-length': bytes.length }).end(bytes);
}).listen(0, '127.0.0.1');
await once(origin, 'listening');
const addressOf = (number) => `http://127.0.0.1:${origin.address().port}/${number}.jpg`;

const all = {};
process.on('exit', () => {
  for (const { stop } of Object.values(all)) stop();
});
const function_ = await startFunction('transform-fn');
const encodedAddress = (number) => encodeURIComponent(addressOf(number));
const quality = (format) => (format === 'png' ? '' : `&quality=${QUALITY[format]}`);
all['transform-fn'] = {
  ...function_,
  url: (number, format) =>
    `${function_.url}/?chain=resize:512&format=${format}${quality(format)}&url=${encodedAddress(number)}`,
};
if (values.ipx) {
  const port = String(await freePort());
  const base = `http://127.0.0.1:${port}`;
  all.ipx = {
    ...(await startProgram(process.execPath, [path.join(here, 'ipx-server.mjs'), values.ipx, port], {}, base)),
    url: (number, format) =>
      `${base}/w_512,f_${format}${format === 'png' ? '' : `,q_${QUALITY[format]}`}/${addressOf(number)}`,
  };
}
if (values.thumbor) {
  const port = String(await freePort());
  const base = `http://127.0.0.1:${port}`;
  const args = ['--port', port, '--ip', '127.0.0.1', '--conf', path.join(here, 'thumbor.conf'), '--processes', '2'];
  all.thumbor = {
    ...(await startProgram(values.thumbor, args, {}, `${base}/healthcheck`)),
    url: (number, format) =>
      `${base}/unsafe/512x0/filters:format(${format}):quality(${QUALITY[format]})/${encodedAddress(number)}`,
  };
}
if (values.imgproxy) {
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  const env = { IMGPROXY_BIND: `127.0.0.1:${port}`, IMGPROXY_ALLOW_LOOPBACK_SOURCE_ADDRESSES: 'true' };
  all.imgproxy = {
    ...(await startProgram(values.imgproxy, [], env, `${base}/health`)),
    url: (number, format) => {
      const extension = format === 'jpeg' ? 'jpg' : format;
      return `${base}/unsafe/rs:fit:512:0/q:${QUALITY[format]}/plain/${encodedAddress(number)}@${extension}`;
    },
  };
}

/** The answer must be the picture asked for; a fast error is no figure. */
async function check(name, url, format) {
  const bytes = Buffer.from(await (await fetch(url)).arrayBuffer());
  const { width, format: seen } = await sharp(bytes).metadata();
  if (width === 512 && seen.replace('heif', 'avif') === format) return bytes.length;
  throw new Error(`${name} answered a ${seen} ${width} px wide`);
}

/** As each says itself. */
function versions() {
  const said = (command, ...args) => execFileSync(command, args, { encoding: 'utf8', stdio: 'pipe' }).trim();
  const ipx = () => JSON.parse(readFileSync(path.join(values.ipx, 'node_modules/ipx/package.json'), 'utf8')).version;
  return {
    ...(values.ipx && { ipx: ipx() }),
    ...(values.thumbor && { thumbor: said(values.thumbor, '--version') }),
    ...(values.imgproxy && { imgproxy: said(values.imgproxy, 'version') }),
  };
}

const { add, write } = report(here, { seconds, bytes: photo.length, sharp: sharp.versions, peers: versions() });
let number = 0;
for (const format of Object.keys(QUALITY)) {
  for (const inFlight of format === 'jpeg' ? [2, 8] : [2]) {
    for (const [peer, { pid, url }] of Object.entries(all)) {
      const bytes = await check(peer, url(++number, format), format);
      const run = (time) =>
        load(() => url(++number, format), { method: 'GET', inFlight, seconds: time, accept: 'image/*' });
      await run(1.5);
      add({ peer, format, inFlight }, { ...(await watched(pid, () => run(seconds))), answer: bytes });
    }
  }
}
write();
process.exit();

// Peak memory of every operation on drawn photos of 12, 24 and 48 megapixels: a process of transform-fn for each, asked once.
// usage: node scripts/build.mjs --quiet && node bench/memory/run.mjs [MEGAPIXELS …]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';

const CHAINS = [
  ...['rotate:90', 'rotate:33', 'resize:width=1024', 'crop:width=1000', 'trim', 'flip', 'flip:vertical', 'grayscale'],
  ...[
    'blur',
    'sharpen',
    'denoise:mode=median',
    'denoise',
    'cutout',
    'cutout:background=#ffffff',
    'pixelate',
    'adjust:brightness=1.1',
  ],
  ...['pad:10', 'convert:format=png', 'convert:format=webp', 'convert:format=avif', 'info', 'placeholder'],
];
const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [12, 24, 48];

/** A smooth scene with grain, as JPEG: 3:2. */
async function photo(megapixels) {
  const width = Math.round(Math.sqrt(megapixels * 1e6 * 1.5));
  const height = Math.round(width / 1.5);
  const grain = { width: 600, height: 400, channels: 3, noise: { type: 'gaussian', mean: 128, sigma: 40 } };
  const small = await sharp({ create: { ...grain, background: '#888888' } })
    .png()
    .toBuffer();
  return sharp(small).resize(width, height, { fit: 'fill' }).jpeg({ quality: 85 }).toBuffer();
}

async function peak(chain, body) {
  const file = fileURLToPath(new URL('../../dist/transform-fn/index.js', import.meta.url));
  const flags = ['--max-semi-space-size=2', '--initial-old-space-size=32', file];
  const env = { ...process.env, http_port: '0', MALLOC_ARENA_MAX: '1' };
  const child = spawn(process.execPath, flags, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const port = await new Promise((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.includes('"msg":"listening"')) resolve(JSON.parse(line).port);
    });
  });
  const held = (name) =>
    Math.round(
      Number(new RegExp(`${name}:\\s+(\\d+)`).exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1024,
    );
  const started = performance.now();
  const url = `http://127.0.0.1:${port}/?chain=${encodeURIComponent(chain)}`;
  const answer = await fetch(url, { method: 'POST', body });
  await answer.arrayBuffer();
  const figures = { status: answer.status, mib: held('VmHWM'), ms: Math.round(performance.now() - started) };
  child.kill('SIGKILL');
  await once(child, 'exit');
  return figures;
}

console.log(`| chain | ${sizes.map((size) => `${size} Mpx`).join(' | ')} |\n|---|${'---|'.repeat(sizes.length)}`);
const photos = [];
for (const size of sizes) photos.push(await photo(size));
for (const chain of CHAINS) {
  const cells = [];
  for (const body of photos) {
    const { status, mib, ms } = await peak(chain, body);
    cells.push(status === 200 ? `${mib} MiB, ${(ms / 1000).toFixed(1)} s` : `${status}`);
  }
  console.log(`| \`${chain}\` | ${cells.join(' | ')} |`);
}

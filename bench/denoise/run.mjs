// How much noise each filter of denoise-fn takes away, in PSNR (dB) and SSIM, and what it costs in processor time.
// usage: node bench/denoise/run.mjs [--python PYTHON_WITH_CV2] [FOLDER_OF_PHOTOS]   → results/<date>.{json,md}
// With a Python that has OpenCV (pip install opencv-python-headless), its non-local means on one thread, at the best of
// several strengths, stands beside ours.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import sharp from 'sharp';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, '../..');
const bundle = path.join(tmpdir(), `obscura-kernels-${process.pid}.mjs`);
await build({
  entryPoints: [path.join(root, 'src/imaging/kernels/denoise.ts')],
  bundle: true,
  platform: 'node',
  format: 'esm',
  outfile: bundle,
  logLevel: 'warning',
});
const { denoise } = await import(pathToFileURL(bundle).href);

const options = { python: { type: 'string' } };
const { values, positionals } = parseArgs({ options, allowPositionals: true });
const folder = positionals[0] ?? path.join(root, 'functions/frontend-fn/page/samples');
const photos = readdirSync(folder).filter((name) => /\.(jpe?g|png|webp)$/i.test(name));
const GRAPHIC =
  '<svg xmlns="http://www.w3.org/2000/svg" width="480" height="320">' +
  '<rect width="480" height="320" fill="#dde"/>' +
  '<circle cx="150" cy="150" r="90" fill="#c33"/>' +
  '<rect x="220" y="60" width="200" height="120" fill="#37b"/>' +
  '<path d="M40 290 L200 250 L440 300" stroke="#222" stroke-width="6" fill="none"/>' +
  '</svg>';
const sources = [...photos.map((name) => [name, path.join(folder, name)]), ['graphic', Buffer.from(GRAPHIC)]];

/** Park and Miller's minimal generator: the same noise in every run. */
let state = 1;
const random = () => {
  state = (state * 16_807) % 2_147_483_647;
  return state / 2_147_483_647;
};
const gauss = () => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());

function addNoise(clean, kind) {
  const data = Buffer.from(clean.data);
  if (kind === 'salt and pepper 3 %') {
    for (let at = 0; at < data.length; at += 3) if (random() < 0.03) data.fill(random() < 0.5 ? 0 : 255, at, at + 3);
  } else {
    const sigma = Number(/\d+/.exec(kind));
    for (let at = 0; at < data.length; at++)
      data[at] = Math.max(0, Math.min(255, Math.round(data[at] + sigma * gauss())));
  }
  return { ...clean, data };
}

function psnr(a, b) {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += (a[at] - b[at]) ** 2;
  return sum === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10(255 ** 2 / (sum / a.length));
}

/** Mean SSIM of 8 × 8 blocks of the green channel (Wang et al., 2004). */
function ssim(a, b, { width, height }) {
  const [c1, c2] = [(0.01 * 255) ** 2, (0.03 * 255) ** 2];
  let [total, blocks] = [0, 0];
  for (let top = 0; top + 8 <= height; top += 4) {
    for (let left = 0; left + 8 <= width; left += 4) {
      let [sa, sb, saa, sbb, sab] = [0, 0, 0, 0, 0];
      for (let y = top; y < top + 8; y++) {
        for (let x = left; x < left + 8; x++) {
          const [va, vb] = [a[(y * width + x) * 3 + 1], b[(y * width + x) * 3 + 1]];
          sa += va;
          sb += vb;
          saa += va * va;
          sbb += vb * vb;
          sab += va * vb;
        }
      }
      const [ma, mb] = [sa / 64, sb / 64];
      const [va, vb, cov] = [saa / 64 - ma * ma, sbb / 64 - mb * mb, sab / 64 - ma * mb];
      total += ((2 * ma * mb + c1) * (2 * cov + c2)) / ((ma * ma + mb * mb + c1) * (va + vb + c2));
      blocks += 1;
    }
  }
  return total / blocks;
}

const median =
  (size) =>
  async ({ data, ...raw }) =>
    await sharp(data, { raw }).median(size).raw().toBuffer();
const kernel = (mode) => async (pixels) => denoise(pixels, { mode, strength: 1 }).data;
const filters = {
  'median 3': median(3),
  'median 5': median(5),
  bilateral: kernel('bilateral'),
  nlm: kernel('nlm'),
  auto: kernel('auto'),
};

const rows = [];
for (const [name, source] of sources) {
  const { data, info } = await sharp(source)
    .resize(480, 480, { fit: 'inside' })
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const clean = { data, width: info.width, height: info.height, channels: 3 };
  for (const noise of ['σ = 5', 'σ = 10', 'σ = 20', 'salt and pepper 3 %']) {
    const noisy = addNoise(clean, noise);
    const row = { name, noise, noisy: { psnr: psnr(noisy.data, data), ssim: ssim(noisy.data, data, clean) } };
    for (const [filter, run] of Object.entries(filters)) {
      const before = process.cpuUsage();
      const out = await run({ ...noisy, data: Buffer.from(noisy.data) });
      const { user, system } = process.cpuUsage(before);
      row[filter] = {
        psnr: psnr(out, data),
        ssim: ssim(out, data, clean),
        msPerMegapixel: (user + system) / 1_000 / ((info.width * info.height) / 1e6),
      };
    }
    rows.push(row);
  }
}

/** OpenCV's own, at the best of several strengths: PSNR and milliseconds of processor time. */
function opencv(noisy, clean, sigma) {
  const [from, to] = ['noisy', 'clean'].map((name) => path.join(tmpdir(), `obscura-${process.pid}-${name}.raw`));
  writeFileSync(from, noisy.data);
  writeFileSync(to, clean.data);
  const script = path.join(here, 'opencv.py');
  return JSON.parse(execFileSync(values.python, [script, from, to, clean.width, clean.height, sigma].map(String)));
}

/** The same photo in growing sizes: the processor's time must grow with the pixels, not faster. */
const growth = [];
for (const megapixels of [0.25, 1, 4]) {
  const side = Math.round(Math.sqrt(megapixels * 1e6));
  const { data } = await sharp(sources[0][1])
    .resize(side, side)
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const clean = { data, width: side, height: side, channels: 3 };
  const noisy = addNoise(clean, 'σ = 10');
  const row = { megapixels };
  for (const mode of ['bilateral', 'nlm', 'auto']) {
    const before = process.cpuUsage();
    const out = denoise({ ...noisy, data: Buffer.from(noisy.data) }, { mode, strength: 1 });
    const { user, system } = process.cpuUsage(before);
    row[mode] = { ms: (user + system) / 1_000 / megapixels, psnr: psnr(out.data, data) };
  }
  if (values.python) {
    const { ms, psnr } = opencv(noisy, clean, 10);
    row.opencv = { ms: ms / megapixels, psnr };
  }
  growth.push(row);
}

const show = ({ psnr, ssim }) => `${psnr.toFixed(1)} / ${ssim.toFixed(2)}`;
const names = Object.keys(filters);
const meanCost = (filter) => Math.round(rows.reduce((sum, row) => sum + row[filter].msPerMegapixel, 0) / rows.length);
const table = [
  `| picture | noise | noisy | ${names.join(' | ')} |`,
  `|---|---|---|${names.map(() => '---').join('|')}|`,
  ...rows.map(
    (row) =>
      `| ${row.name} | ${row.noise} | ${show(row.noisy)} | ${names.map((filter) => show(row[filter])).join(' | ')} |`,
  ),
  `| cpu-ms a megapixel | | | ${names.map(meanCost).join(' | ')} |`,
].join('\n');
const grown = ['bilateral', 'nlm', 'auto', ...(values.python ? ['opencv'] : [])];
const sizes = [
  `| megapixels | ${grown.map((name) => `${name}, cpu-ms a megapixel (PSNR)`).join(' | ')} |`,
  `|---|${grown.map(() => '---').join('|')}|`,
  ...growth.map((row) => {
    const cells = grown.map((name) => `${Math.round(row[name].ms)} (${row[name].psnr.toFixed(1)})`);
    return `| ${row.megapixels} | ${cells.join(' | ')} |`;
  }),
].join('\n');
console.log(`${table}\n\n${sizes}`);
mkdirSync(path.join(here, 'results'), { recursive: true });
const file = path.join(here, 'results', new Date().toISOString().slice(0, 10));
writeFileSync(`${file}.json`, `${JSON.stringify({ rows, growth }, undefined, 1)}\n`);
writeFileSync(`${file}.md`, `PSNR in dB / SSIM, higher is better.\n\n${table}\n\n${sizes}\n`);

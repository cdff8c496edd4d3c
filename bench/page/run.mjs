// How soon the page is there, and what a photo costs on a slow line: bytes sent, time to labels and to all copies; with
// one upload a photo, and with one a request, as where nothing is kept.
// usage: npm run build && node bench/page/run.mjs [--runs 5] [--kbits 1000]   → results/<date>.json
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import sharp from 'sharp';
import { ROOT, startGateway } from '../../scripts/system/start.mjs';
import { quantile } from '../load.mjs';

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '5' }, kbits: { type: 'string', default: '1000' } },
});
const LATENCY_MS = 40;
const executablePath =
  process.env.CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/google-chrome'].find((file) => existsSync(file));

/** A sample photo, enlarged until it has about as many bytes as the page sends unchanged. */
async function photo(width) {
  const sample = path.join(ROOT, 'functions/frontend-fn/page/samples/coffee.jpg');
  const buffer = await sharp(sample).resize({ width }).jpeg({ quality: 92 }).toBuffer();
  return { name: 'photo.jpg', mimeType: 'image/jpeg', buffer };
}

async function firstView(browser, url) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(url, { waitUntil: 'load' });
  const found = await page.evaluate(async () => {
    // A page may have loaded before it is painted.
    const paint = await new Promise((resolve) => {
      const observer = new PerformanceObserver((list) => {
        const [first] = list.getEntriesByName('first-contentful-paint');
        if (first) resolve(first);
      });
      observer.observe({ type: 'paint', buffered: true });
    });
    const [navigation] = performance.getEntriesByType('navigation');
    const script = performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('.js'));
    return {
      paintMs: paint.startTime,
      loadMs: navigation.loadEventEnd,
      scriptBytes: script.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0),
    };
  });
  await context.close();
  return found;
}

/** One photo on a slow line. @param kept whether the page may name its upload afterwards */
async function onSlowLine(browser, url, file, kept) {
  const context = await browser.newContext();
  if (!kept) await context.addInitScript(forgetUploads);
  const page = await context.newPage();
  await page.goto(url);
  const line = await context.newCDPSession(page);
  const throughput = (Number(values.kbits) * 1_000) / 8;
  await line.send('Network.emulateNetworkConditions', {
    ...{ offline: false, latency: LATENCY_MS, uploadThroughput: throughput, downloadThroughput: throughput },
  });
  const posts = [];
  page.on('request', (request) => request.method() === 'POST' && posts.push(request.allHeaders()));
  const began = performance.now();
  await page.setInputFiles('#image', file);
  await page.locator('#results:not([aria-busy]) .ranking').waitFor({ timeout: 300_000 });
  const labelsMs = performance.now() - began;
  for (const operation of ['rotate', 'resize', 'grayscale'])
    await page.locator(`.tile[data-operation=${operation}] .download`).waitFor({ timeout: 300_000 });
  const copiesMs = performance.now() - began;
  const sentBytes = (await Promise.all(posts)).reduce((sum, headers) => sum + Number(headers['content-length']), 0);
  await context.close();
  return { photoBytes: file.buffer.length, sentBytes, labelsMs, copiesMs };
}

function forgetUploads() {
  const { getResponseHeader } = XMLHttpRequest.prototype;
  XMLHttpRequest.prototype.getResponseHeader = function (name) {
    return name === 'x-picture-kept' ? null : getResponseHeader.call(this, name);
  };
}

const rounded = (all) =>
  Object.fromEntries(
    Object.keys(all[0]).map((what) => [
      what,
      Math.round(
        quantile(
          all.map((one) => one[what]),
          0.5,
        ),
      ),
    ]),
  );

async function several(measure) {
  const all = [];
  for (let run = 0; run < Number(values.runs); run++) all.push(await measure());
  return rounded(all);
}

const state = await mkdtemp(path.join(tmpdir(), 'obscura-bench-'));
const gateway = await startGateway({ env: { GATEWAY_STATE: state } });
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
const url = `${gateway.url}/function/frontend-fn/`;
try {
  const [small, large] = [await photo(1_600), await photo(4_000)];
  // Functions that sleep are woken before anything is measured.
  await onSlowLine(browser, url, await photo(300), true);
  const results = {
    firstView: await several(() => firstView(browser, url)),
    small: await several(() => onSlowLine(browser, url, small, true)),
    smallEachTime: await several(() => onSlowLine(browser, url, small, false)),
    large: await several(() => onSlowLine(browser, url, large, true)),
    largeEachTime: await several(() => onSlowLine(browser, url, large, false)),
  };
  console.log(JSON.stringify(results, undefined, 1));
  const machine = { cpu: cpus()[0]?.model, cores: cpus().length, node: process.version, load: loadavg() };
  const folder = path.join(path.dirname(fileURLToPath(import.meta.url)), 'results');
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `${new Date().toISOString().slice(0, 10)}.json`);
  const line = { kbits: Number(values.kbits), latencyMs: LATENCY_MS, runs: Number(values.runs) };
  writeFileSync(file, `${JSON.stringify({ machine, line, results }, undefined, 1)}\n`);
} finally {
  await browser.close();
  await gateway.stop();
  rmSync(state, { recursive: true, force: true });
}

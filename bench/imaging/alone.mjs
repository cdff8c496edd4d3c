// sharp alone, in a process of its own: asked by ratios.mjs over Node's channel for so many pictures in a row.
import sharp from 'sharp';
import { encoders } from './encoders.mjs';

sharp.cache(false);

/** @returns milliseconds of processor time and of the clock */
async function resized({ photo, format, inFlight, count }) {
  const bytes = Buffer.from(photo, 'base64');
  let left = count;
  const one = async () => {
    while (left-- > 0) {
      const own = Buffer.concat([bytes, Buffer.from(String(left).padStart(12, '0'))]);
      const graph = sharp(own, { autoOrient: true }).resize({ width: 512, fit: 'cover' });
      await encoders[format](graph).toBuffer();
    }
  };
  const before = process.cpuUsage();
  const started = performance.now();
  await Promise.all(Array.from({ length: inFlight }, one));
  const { user, system } = process.cpuUsage(before);
  return { cpuMs: (user + system) / 1_000, ms: performance.now() - started };
}

process.on('message', async (work) => process.send(await resized(work)));

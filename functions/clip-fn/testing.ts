import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll } from 'vitest';
import { type RunningFunction, startFunction } from '../../test/function.ts';

/** The hand-made colour model, which tells red, green and blue apart. */
export const COLOUR_MODELS = fileURLToPath(new URL('../../src/clip/fixtures/models', import.meta.url));

/** The bundle in a process of its own with the colour model, for the tests of a file: it registers their hooks. */
export function clipFixture(env: Record<string, string> = {}): { readonly url: string } {
  let running: RunningFunction | undefined;
  beforeAll(async () => {
    running = await startFunction('clip-fn', { CLIP_MODELS: COLOUR_MODELS, CLIP_LABELSET: 'cifar10', ...env });
  });
  afterAll(() => running?.stop());
  return {
    get url() {
      if (!running) throw new Error('clip-fn has not started');
      return running.url;
    },
  };
}

/** A picture of one colour, 50 × 40 pixels. */
export function plainPicture(background: string, format: 'jpeg' | 'png' = 'jpeg'): Promise<Buffer> {
  return sharp({ create: { width: 50, height: 40, channels: 3, background } })
    .toFormat(format)
    .toBuffer();
}

/** A red JPEG. */
export const red = await plainPicture('#ee1111');

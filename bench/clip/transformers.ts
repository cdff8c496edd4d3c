import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const VERSION = '4.3.1';

export type Timed = Awaited<ReturnType<typeof import('./load.ts').timed>>;

/**
 * transformers.js, installed into a folder of its own that goes afterwards, with the very graphs of a model.
 * @returns its pipeline, run for some seconds at a time
 */
export async function openTransformers(modelFolder: string, picture: string, labels: string[], threads: number) {
  const folder = mkdtempSync(path.join(tmpdir(), 'transformers-'));
  writeFileSync(path.join(folder, 'package.json'), '{"private": true, "type": "module"}');
  const env = { ...process.env, npm_config_onnxruntime_node_install: 'skip' };
  const install = ['install', '--no-audit', '--no-fund', '--loglevel=error', `@huggingface/transformers@${VERSION}`];
  execFileSync('npm', install, { cwd: folder, env, stdio: 'inherit' });
  layOut(modelFolder, path.join(folder, 'models/clip'));
  cpSync(fileURLToPath(new URL('../../bench/clip/transformers.mjs', import.meta.url)), path.join(folder, 'run.mjs'));
  const child = fork(path.join(folder, 'run.mjs'), [path.resolve(picture), String(threads), JSON.stringify(labels)], {
    cwd: folder,
  });
  await once(child, 'message');
  return {
    version: VERSION,
    /** @param calls of the pipeline under way at once */
    async run(seconds: number, calls = 1): Promise<Timed> {
      child.send({ seconds, calls });
      const [result] = await once(child, 'message');
      return result as Timed;
    },
    async stop() {
      child.kill();
      await once(child, 'exit');
      rmSync(folder, { recursive: true });
    },
  };
}

/** A model's files as the hub has them, which is what transformers.js reads. */
function layOut(from: string, to: string): void {
  const { image, text, embedding } = JSON.parse(readFileSync(path.join(from, 'manifest.json'), 'utf8'));
  mkdirSync(path.join(to, 'onnx'), { recursive: true });
  symlinkSync(path.resolve(from, image.file), path.join(to, 'onnx/vision_model_quantized.onnx'));
  symlinkSync(path.resolve(from, text.file), path.join(to, 'onnx/text_model_quantized.onnx'));
  symlinkSync(path.resolve(from, text.tokenizer), path.join(to, 'tokenizer.json'));
  const write = (name: string, value: object) => writeFileSync(path.join(to, name), JSON.stringify(value));
  write('config.json', { model_type: 'clip', projection_dim: embedding });
  write('tokenizer_config.json', {
    tokenizer_class: 'CLIPTokenizer',
    model_max_length: text.contextLength,
    pad_token: '<|endoftext|>',
  });
  const { size, mean: image_mean, std: image_std } = image;
  write('preprocessor_config.json', {
    ...{ image_processor_type: 'CLIPImageProcessor', processor_class: 'CLIPProcessor', image_mean, image_std },
    ...{ do_resize: true, size: { shortest_edge: size }, resample: 3, do_center_crop: true, crop_size: size },
    ...{ do_convert_rgb: true, do_normalize: true, do_rescale: true, rescale_factor: 1 / 255 },
  });
}

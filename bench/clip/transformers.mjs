// The zero-shot pipeline of transformers.js, run for as long as the parent process says. The hub's model in one graph
// is two here, as clip-fn has them: the pipeline's own code prepares pictures and texts and reads the answer.
import { readFileSync } from 'node:fs';
import {
  AutoProcessor,
  AutoTokenizer,
  CLIPTextModelWithProjection,
  CLIPVisionModelWithProjection,
  env,
  Tensor,
  ZeroShotImageClassificationPipeline,
} from '@huggingface/transformers';

const [, , picture, threads, labels] = process.argv;
const bytes = readFileSync(picture);
const candidates = JSON.parse(labels);
env.allowRemoteModels = false;
env.localModelPath = new URL('models/', import.meta.url).pathname;
const options = { dtype: 'q8', session_options: { intraOpNumThreads: Number(threads) } };

const [vision, text, tokenizer, processor] = await Promise.all([
  CLIPVisionModelWithProjection.from_pretrained('clip', options),
  CLIPTextModelWithProjection.from_pretrained('clip', options),
  AutoTokenizer.from_pretrained('clip'),
  AutoProcessor.from_pretrained('clip'),
]);

async function both({ pixel_values, ...texts }) {
  const { image_embeds } = await vision({ pixel_values });
  const { text_embeds } = await text(texts);
  const [image, rows] = [image_embeds.normalize().tolist()[0], text_embeds.normalize().tolist()];
  const logits = rows.map((row) => 100 * row.reduce((sum, value, i) => sum + value * image[i], 0));
  return { logits_per_image: new Tensor('float32', logits, [1, logits.length]) };
}

const model = Object.assign(both, { config: vision.config });
const classify = new ZeroShotImageClassificationPipeline({
  ...{ task: 'zero-shot-image-classification', model, tokenizer, processor },
});
const once = () => classify(new Blob([bytes]), candidates, { hypothesis_template: 'a photo of a {}' });
for (let i = 0; i < 5; i += 1) await once();

process.on('message', async ({ seconds, calls }) => {
  const times = [];
  const began = performance.now();
  const caller = async () => {
    while (performance.now() - began < seconds * 1_000) {
      const start = performance.now();
      await once();
      times.push(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: calls }, caller));
  const perSecond = (times.length * 1_000) / (performance.now() - began);
  const sorted = times.sort((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  process.send({ perSecond, p50: at(0.5), p90: at(0.9), p99: at(0.99) });
});
process.send('ready');

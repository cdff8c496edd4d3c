import type { InferenceSession } from 'onnxruntime-node';
import { checkGraph, loadEngine, openGraph } from '#inference/onnx';
import type { Pixels } from '../pixels.ts';
import type { SegmentationManifest, SegmentationModel } from './manifest.ts';

/** Threads per run: several runs at once use several processors better than several threads per run. */
const THREADS = 1;

/** Open sessions, by folder and hash. */
const opened = new Map<string, Promise<InferenceSession>>();

/**
 * Runs the model and returns its mask. Blocks the calling thread.
 * @param pixels RGB, squashed to the model's size
 * @returns one channel of the same size: 0 background, 255 object
 * @throws Problem `model-missing` if the graph cannot be opened or does not match its manifest
 */
export async function segment(
  { data, width, height }: Pixels,
  { model }: { model: SegmentationModel },
): Promise<Pixels> {
  const { image } = model.manifest;
  const session = await sessionOf(model);
  const { Tensor } = await loadEngine();
  const planes = new Tensor('float32', normalised(data, image), [1, 3, height, width]);
  const answer = await session.run({ [image.input]: planes }, [image.output]);
  const shares = answer[image.output]?.data as Float32Array;
  return { data: Buffer.from(shares.map((share) => Math.round(share * 255))), width, height, channels: 1 };
}

/** Opens a session once. A failure is not kept, so that a repaired file is found. */
function sessionOf(model: SegmentationModel): Promise<InferenceSession> {
  const { file } = model.manifest.image;
  const key = `${model.folder} ${model.manifest.files[file]?.sha256}`;
  const known = opened.get(key);
  if (known) return known;
  const opening = open(model);
  opened.set(key, opening);
  opening.catch(() => opened.delete(key));
  return opening;
}

async function open(model: SegmentationModel): Promise<InferenceSession> {
  const { file, input, output, size } = model.manifest.image;
  const session = await openGraph(model, file, { threads: THREADS, arena: false });
  checkGraph(model, file, session.inputMetadata, [[input, 'float32', 1, 3, size, size]]);
  checkGraph(model, file, session.outputMetadata, [[output, 'float32', 1, 1, size, size]]);
  return session;
}

/** Turns interleaved RGB bytes into planes of `(level / 255 - mean) / std`. */
function normalised(data: Uint8Array, { mean, std }: SegmentationManifest['image']): Float32Array {
  const plane = data.length / 3;
  const out = new Float32Array(data.length);
  for (let channel = 0; channel < 3; channel++) {
    const [middle, spread] = [mean[channel] as number, std[channel] as number];
    for (let at = 0; at < plane; at++)
      out[channel * plane + at] = ((data[at * 3 + channel] as number) / 255 - middle) / spread;
  }
  return out;
}

// The graphs of models that cut out, alone, on one thread, the models in turn: how long a run takes and what it costs.
// usage: node bench/cutout/graph.mjs [--models DIR] [--runs 40]
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { quantile } from '../load.mjs';
import { root } from '../processes.mjs';

const { values } = parseArgs({
  options: { models: { type: 'string', default: path.join(root, 'models') }, runs: { type: 'string', default: '40' } },
});
process.env.ORT_DISABLE_TELEMETRY = '1';
const { InferenceSession, Tensor } = await import('onnxruntime-node');

/** The models that are there, opened. */
async function opened() {
  const models = [];
  for (const id of readdirSync(values.models)) {
    const file = path.join(values.models, id, 'manifest.json');
    const { kind, image, files } = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
    const graph = path.join(values.models, id, image?.file ?? '');
    if (kind !== 'cutout' || !existsSync(graph)) continue;
    const session = await InferenceSession.create(graph, { intraOpNumThreads: 1, interOpNumThreads: 1 });
    const pixels = new Float32Array(3 * image.size ** 2).map(() => Math.random());
    const feeds = { [image.input]: new Tensor('float32', pixels, [1, 3, image.size, image.size]) };
    models.push({ id, megabytes: files[image.file].bytes / 1e6, run: () => session.run(feeds), wall: [], cpu: [] });
  }
  return models;
}

const models = await opened();
for (const { run } of models) await run();
for (let number = 0; number < Number(values.runs); number++) {
  for (const { run, wall, cpu } of models) {
    const [started, used] = [performance.now(), process.cpuUsage()];
    await run();
    wall.push(performance.now() - started);
    const { user, system } = process.cpuUsage(used);
    cpu.push((user + system) / 1000);
  }
}
for (const { id, megabytes, wall, cpu } of models) {
  const figure = (list) => `${quantile(list, 0.5).toFixed(0)} ms`;
  console.log(`${id.padEnd(16)} ${megabytes.toFixed(1)} MB  p50 ${figure(wall)}, processor time ${figure(cpu)}`);
}

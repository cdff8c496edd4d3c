import path from 'node:path';
import type { InferenceSession } from 'onnxruntime-node';
import { type Model, modelMissing } from './models.ts';

/** Expected input or output of a graph: name, element type, then each dimension (`undefined`: any). */
export type Expected = [name: string, type: string, ...sides: (number | undefined)[]];

/**
 * Loads ONNX Runtime on first use, so that processes that run no graph do not pay for it.
 * @throws Problem `model-missing` on a platform that it has no build for
 */
export async function loadEngine() {
  try {
    return await import('onnxruntime-node');
  } catch (cause) {
    throw modelMissing('The engine that runs models, onnxruntime-node, does not load on this platform.', cause);
  }
}

/**
 * Opens a graph of a model. Runs are synchronous in the engine, so open it in a worker thread.
 * @param rules `threads` for one run; `arena`: whether the engine keeps the memory of a run for the next one
 * @throws Problem `model-missing` that names the file
 */
export async function openGraph(
  model: Model,
  file: string,
  { threads, arena = true }: { threads: number; arena?: boolean },
): Promise<InferenceSession> {
  const { InferenceSession } = await loadEngine();
  try {
    return await InferenceSession.create(path.join(model.folder, file), {
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
      enableCpuMemArena: arena,
      enableMemPattern: arena,
      // Spinning threads would take processor time from Node, sharp and other processes.
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    });
  } catch (cause) {
    throw unusable(model, file, 'the graph cannot be opened', cause);
  }
}

/**
 * Compares a manifest with its graph. If they differed, every request would fail with an unclear message of the
 * engine.
 * @throws Problem `model-missing` with what the manifest says and what the graph has
 */
export function checkGraph(
  model: Model,
  file: string,
  metadata: readonly InferenceSession.ValueMetadata[],
  expected: Expected[],
): void {
  for (const [name, type, ...sides] of expected) {
    const value = metadata.find((entry) => entry.name === name);
    if (!value?.isTensor) {
      const names = metadata.map((entry) => entry.name).join(', ');
      throw unusable(model, file, `its manifest names "${name}", the graph has ${names}`);
    }
    const same = value.shape.length === sides.length && value.shape.every((side, i) => agrees(side, sides[i]));
    if (same && value.type === type) continue;
    const says = `${type}[${sides.map((side) => side ?? 'any').join(', ')}]`;
    const is = `${value.type}[${value.shape.map((side) => (typeof side === 'number' ? side : 'any')).join(', ')}]`;
    throw unusable(model, file, `its manifest says that "${name}" is ${says}, the graph says ${is}`);
  }
}

/**
 * A named dimension accepts any size. A fixed one must be the expected one, so the number of rows must not be fixed.
 */
function agrees(side: number | string, expected: number | undefined): boolean {
  return typeof side === 'string' || side === expected;
}

export function unusable({ manifest: { id } }: Model, file: string, why: string, cause?: unknown) {
  return modelMissing(`The file ${file} of the model "${id}" cannot be used: ${why}; install the model again.`, cause);
}

import path from 'node:path';
import type { InferenceSession } from 'onnxruntime-node';
import { type Model, missing } from './models.ts';

/** What a graph must take or give: element type, then each side (`undefined`: any number of rows). */
export type Expected = [name: string, type: string, ...sides: (number | undefined)[]];

/**
 * The engine, loaded on first use: what never runs a graph does not pay for it.
 * @throws Problem `model-missing` on a platform that it has no build for
 */
export async function loadEngine() {
  try {
    return await import('onnxruntime-node');
  } catch (cause) {
    throw missing('The engine that runs models, onnxruntime-node, does not load on this platform.', cause);
  }
}

/**
 * Opens one graph of a model. Runs are synchronous in the engine: open it in a worker thread.
 * @param threads that one run may use
 * @throws Problem `model-missing` naming the file
 */
export async function openGraph(model: Model, file: string, threads: number): Promise<InferenceSession> {
  const { InferenceSession } = await loadEngine();
  try {
    return await InferenceSession.create(path.join(model.folder, file), {
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
      // Threads that spin while they wait take the processor from Node, sharp and the neighbours.
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    });
  } catch (cause) {
    throw unusable(model, file, 'the graph cannot be opened', cause);
  }
}

/**
 * Compares what a manifest says with the graph: one that disagrees would fail on every request, in the engine's words.
 * @throws Problem `model-missing` that says what the manifest says and what the graph has
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

/** A named side takes any number; a fixed one must be the expected one, and rows must not be fixed. */
function agrees(side: number | string, expected: number | undefined): boolean {
  return typeof side === 'string' || side === expected;
}

export function unusable({ manifest: { id } }: Model, file: string, why: string, cause?: unknown) {
  return missing(`The file ${file} of the model "${id}" cannot be used: ${why}; install the model again.`, cause);
}

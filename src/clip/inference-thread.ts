import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { Problem } from '#contract/problems';
import { runner } from './inference.ts';
import type { BatchReply, BatchRequest, CloseRequest, Outcome, Work, WorkerSettings, WorkFailure } from './protocol.ts';

function asFailure(error: unknown): WorkFailure {
  if (error instanceof Problem) {
    const { code, message, headers } = error;
    return { code, detail: message, headers, stack: error.cause instanceof Error ? error.cause.stack : undefined };
  }
  return error instanceof Error ? { detail: error.message, stack: error.stack } : { detail: String(error) };
}

async function outcomesOf(work: Work, { model, jobs }: BatchRequest): Promise<Outcome[]> {
  try {
    const settled = await work(model, jobs);
    return settled.map((one) =>
      one.status === 'fulfilled' ? { result: one.value } : { failure: asFailure(one.reason) },
    );
  } catch (error) {
    const failure = asFailure(error);
    return jobs.map(() => ({ failure }));
  }
}

/** Turns this thread into an inference worker. */
export function serve(): void {
  const port = parentPort as MessagePort;
  const work = runner((workerData as WorkerSettings).threads);
  port.on('message', async (message: BatchRequest | CloseRequest) => {
    if ('close' in message) return port.close();
    const outcomes = await outcomesOf(work, message);
    const buffers = outcomes.flatMap((one) => ('result' in one ? [one.result.data.buffer as ArrayBuffer] : []));
    port.postMessage({ id: message.id, outcomes } satisfies BatchReply, buffers);
  });
}

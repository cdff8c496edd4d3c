import { parentPort, workerData } from 'node:worker_threads';
import { Problem } from '#platform/problems';
import type { Dismissal, LotReply, LotRequest, Outcome, Work, WorkerSettings, WorkFailure } from './protocol.ts';

/*
 * A worker thread: prepares pictures or runs graphs, both of which would stop the thread that answers requests. Two kinds
 * of threads, for one in the engine does nothing else meanwhile; each loads only the libraries that it needs. Its bundle is
 * what `new Worker(…)` is given.
 */

async function workOf(settings: WorkerSettings): Promise<Work> {
  if (settings.role === 'prepare') return (await import('./preparing.ts')).preparer(settings.workers);
  return (await import('./running.ts')).runner(settings.threads);
}

function asFailure(error: unknown): WorkFailure {
  if (error instanceof Problem) {
    const { code, message, headers } = error;
    return { code, detail: message, headers, stack: error.cause instanceof Error ? error.cause.stack : undefined };
  }
  return error instanceof Error ? { detail: error.message, stack: error.stack } : { detail: String(error) };
}

async function outcomesOf(work: Work, { model, jobs }: LotRequest): Promise<Outcome[]> {
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

const port = parentPort;
if (port) {
  const working = workOf(workerData as WorkerSettings);
  port.on('message', async (message: LotRequest | Dismissal) => {
    if ('close' in message) return port.close();
    const outcomes = await outcomesOf(await working, message);
    const buffers = outcomes.flatMap((one) => ('result' in one ? [one.result.data.buffer as ArrayBuffer] : []));
    port.postMessage({ id: message.id, outcomes } satisfies LotReply, buffers);
  });
}

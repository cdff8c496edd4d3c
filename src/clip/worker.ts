import { isMainThread } from 'node:worker_threads';

/*
 * The bundle that runs what would stop the thread that answers requests: as a thread it runs graphs, as a process it
 * prepares pictures. Each loads only the libraries that it needs.
 */

if (isMainThread) (await import('./preprocess-child.ts')).serve();
else (await import('./inference-thread.ts')).serve();

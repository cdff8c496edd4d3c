import { isMainThread } from 'node:worker_threads';

/*
 * The bundle for work that would block the thread that answers requests. As a thread it runs graphs, as a child
 * process it preprocesses pictures. Each loads only the libraries that it needs.
 */

if (isMainThread) (await import('./preprocess-child.ts')).serve();
else (await import('./inference-thread.ts')).serve();

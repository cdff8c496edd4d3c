import type { StreamHandler } from '#handler';
import { guarded } from '#http/access';
import { useWorker } from '#process/apart';
import { describe } from './openapi.ts';
import { answerOf } from './routes.ts';

useWorker(new URL('./worker.js', import.meta.url), { warm: false });

/** Sends pictures through functions, now or as a job, and tells how long each step took. */
const handle: StreamHandler = (event, context) => answerOf(event, context);

export const body = 'stream';
export const openapi = describe;
export default guarded('pipeline-fn', handle);

import type { StreamHandler } from '#handler';
import { guarded } from '#http/access';
import { describe } from '#http/openapi';
import { useWorker } from '#process/run-in-child';
import { ENDPOINTS } from './endpoints.ts';
import { answer } from './routes.ts';

useWorker(new URL('./worker.js', import.meta.url), { warm: false });

/** Runs pictures through functions, at once or as a job, and reports how long each step took. */
const handle: StreamHandler = (event, context) => answer(event, context);

export const body = 'stream';
export const openapi = () =>
  describe({ name: 'pipeline-fn', summary: 'Runs pictures through a chain of functions', endpoints: ENDPOINTS });
export default guarded('pipeline-fn', handle);

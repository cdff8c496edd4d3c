import { withCallersKey } from '#client/function-client';
import type { StreamHandler } from '#handler';
import { describe } from '#http/openapi';
import { useWorker } from '#process/run-in-child';
import { SECURITY } from './answer.ts';
import { ENDPOINTS } from './endpoints.ts';
import { pageFiles } from './page-files.ts';
import { findRoute } from './routes.ts';

useWorker(new URL('./worker.js', import.meta.url), { warm: false });

/** The web page, and the few routes it needs: what they answer comes from other functions, through the gateway. */
const frontEnd: StreamHandler = async (event, context) => {
  const route = findRoute(event);
  // What is asked in a stranger's name goes with the stranger's key. What the page shows of the model is for everybody.
  const answer = await (isPublic(event) ? route() : withCallersKey(event.headers, route));
  context
    .status(answer.status ?? 200)
    .headers({ ...SECURITY, ...answer.headers })
    .succeed(answer.body);
};

function isPublic({ method, path }: { method: string; path: string }): boolean {
  return method === 'GET' && (path === '/labelsets' || path === '/model');
}

/** Reads the page's files before the first visitor needs them. */
export const warm = async (): Promise<void> => {
  await pageFiles();
};

export const body = 'stream';
export const openapi = () =>
  describe({ name: 'frontend-fn', summary: 'The web page, and the routes it needs', endpoints: ENDPOINTS });
export default frontEnd;

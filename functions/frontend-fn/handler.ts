import type { StreamHandler } from '#handler';
import { SECURITY } from './answer.ts';
import { describePage } from './openapi.ts';
import { pageFiles } from './page-files.ts';
import { findRoute } from './routes.ts';

/** The web page, and the few routes it needs: what they answer comes from other functions, through the gateway. */
const frontEnd: StreamHandler = async (event, context) => {
  const answer = await findRoute(event)();
  context
    .status(answer.status ?? 200)
    .headers({ ...SECURITY, ...answer.headers })
    .succeed(answer.body);
};

/** Reads the page's files before the first visitor needs them. */
export const warm = async (): Promise<void> => {
  await pageFiles();
};

export const body = 'stream';
export const openapi = describePage;
export default frontEnd;

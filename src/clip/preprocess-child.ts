import { serveChild } from '#platform/child';
import { headerWork } from '#platform/picture-header';
import { prepareWork } from './preprocess-worker.ts';

/** Makes this process one that prepares pictures and reads odd headers. */
export function serve(): void {
  serveChild({ header: headerWork, prepare: prepareWork });
}

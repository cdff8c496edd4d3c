import { headerWork } from '#decoding/picture-header';
import { serveChild } from '#process/child';
import { prepareWork } from './preprocess-worker.ts';

/** Makes this process one that prepares pictures and reads odd headers. */
export function serve(): void {
  serveChild({ header: headerWork, prepare: prepareWork });
}

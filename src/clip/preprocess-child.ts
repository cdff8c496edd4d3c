import { loadEngine } from '#decoding/engine';
import { headerWork } from '#decoding/picture-header';
import { serveChild } from '#process/child';
import { prepareWork } from './preprocess-worker.ts';

/** Turns this process into one that preprocesses pictures and reads unusual headers. */
export async function serve(): Promise<void> {
  await loadEngine();
  serveChild({ header: headerWork, prepare: prepareWork });
}

import { engine } from '#decoding/engine';
import { headerWork } from '#decoding/picture-header';
import { serveChild } from '#process/child';
import { prepareWork } from './preprocess-worker.ts';

/** Turns this process into one that preprocesses pictures and reads unusual headers. */
export function serve(): void {
  // Loaded before the first picture comes.
  engine();
  serveChild({ header: headerWork, prepare: prepareWork });
}

import { loadEngine } from '#decoding/engine';
import { headerWork } from '#decoding/picture-header';
import { serveChild } from '#process/child';
import { segment } from './segmentation/segment.ts';
import { transformWork } from './transform-in-child.ts';

/* As worker.ts, with the engine for models; only functions that offer cutouts include it. */

await loadEngine();
serveChild({ header: headerWork, transform: transformWork(segment) });

import { headerWork } from '#decoding/picture-header';
import { serveChild } from '#process/child';
import { transformWork } from './apart.ts';
import { segment } from './segmentation/segment.ts';

/* As worker.ts, with the engine for models; only functions that offer cutouts include it. */

serveChild({ header: headerWork, transform: transformWork(segment) });

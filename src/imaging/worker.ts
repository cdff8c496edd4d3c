import { headerWork } from '#decoding/picture-header';
import { serveChild } from '#process/child';
import { transformWork } from './apart.ts';

/* The process in which pictures are decoded, worked on and encoded, and odd headers read. */

serveChild({ header: headerWork, transform: transformWork });

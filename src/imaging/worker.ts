import { serveChild } from '#platform/child';
import { headerWork } from '#platform/picture-header';
import { transformWork } from './apart.ts';

/* The process in which pictures are decoded, worked on and encoded, and odd headers read. */

serveChild({ header: headerWork, transform: transformWork });

import { serveChild } from '#platform/child';
import { headerWork } from '#platform/picture-header';
import { drawingWork, flatteningWork } from './picture-work.ts';

/* The process in which pictures are decoded and encoded, and odd headers read. */

serveChild({ header: headerWork, flatten: flatteningWork, draw: drawingWork });

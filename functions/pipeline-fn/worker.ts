import { headerWork } from '#decoding/picture-header';
import { serveChild } from '#process/child';
import { drawingWork, flatteningWork } from './picture-work.ts';

/* The process in which pictures are decoded and encoded, and odd headers read. */

serveChild({ header: headerWork, flatten: flatteningWork, draw: drawingWork });

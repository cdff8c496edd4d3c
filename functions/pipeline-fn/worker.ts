import { loadEngine } from '#decoding/engine';
import { headerWork } from '#decoding/picture-header';
import { serveChild } from '#process/child';
import { drawingWork, flatteningWork } from './picture-work.ts';

/* The child process that decodes and encodes pictures, and reads headers that need a decoder. */

await loadEngine();
serveChild({ header: headerWork, flatten: flatteningWork, draw: drawingWork });

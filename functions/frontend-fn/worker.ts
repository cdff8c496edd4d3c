import { loadEngine } from '#decoding/engine';
import { headerWork } from '#decoding/picture-header';
import { serveChild } from '#process/child';

/* The process in which odd headers are read. */

await loadEngine();
serveChild({ header: headerWork });

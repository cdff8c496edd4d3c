import { loadEngine } from '#decoding/engine';
import { headerWork } from '#decoding/picture-header';
import { serveChild } from '#process/child';
import { transformWork } from './transform-in-child.ts';

/* The child process that decodes, transforms and encodes pictures, and reads unusual headers. */

await loadEngine();
serveChild({ header: headerWork, transform: transformWork() });

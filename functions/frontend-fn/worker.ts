import { headerWork } from '#decoding/picture-header';
import { serveChild } from '#process/child';

/* The process in which odd headers are read. */

serveChild({ header: headerWork });

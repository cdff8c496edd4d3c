import { serveChild } from '#platform/child';
import { headerWork } from '#platform/picture-header';

/* The process in which odd headers are read. */

serveChild({ header: headerWork });

import { kernels } from './kernels/index.ts';
import { matte } from './matte/matte.ts';
import { serveKernels } from './serve-kernels.ts';

/* As worker.ts, and with models: only functions that cut things out carry the engine that runs them. */

serveKernels({ ...kernels, matte });

import { kernels } from './kernels/index.ts';
import { serveKernels } from './serve-kernels.ts';

/* The thread in which pixel kernels run. See kernel-runner.ts. */

serveKernels(kernels);

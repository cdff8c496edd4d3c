export { chainOption, parseChain } from './chain.ts';
export { type Output, withOutput } from './encode.ts';
export { useKernelWorker } from './kernel-runner.ts';
export { OPERATION_NAMES, type OperationName, operations, type Step } from './registry.ts';
export { DEFAULT_LIMITS, ENGINE_VERSION, type Transformed, transform, transformOne } from './transform.ts';

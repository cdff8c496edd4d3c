export { useWorker } from '#process/run-in-child';
export { chainOption, parseChain } from './chain.ts';
export { type Output, withOutput } from './encode.ts';
export { bytesOf, bytesOfOne } from './memory.ts';
export { overlaysOf, withOverlays } from './overlays.ts';
export { exampleSteps, OPERATION_NAMES, type OperationName, operations, type Step } from './registry.ts';
export { segmentationVersion } from './segmentation/model.ts';
export { DEFAULT_LIMITS, ENGINE_VERSION, type Input, type Transformed } from './transform.ts';
export { type TransformRules, transform, transformOne } from './transform-in-child.ts';

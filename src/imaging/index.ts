export { useWorker } from '#platform/apart';
export { type TransformRules, transform, transformOne } from './apart.ts';
export { chainOption, parseChain } from './chain.ts';
export { type Output, withOutput } from './encode.ts';
export { matteVersion, useMatteModels } from './matte/model.ts';
export { bytesOf, bytesOfOne } from './memory.ts';
export { othersOf, withOthers } from './others.ts';
export { OPERATION_NAMES, type OperationName, operations, type Step } from './registry.ts';
export { DEFAULT_LIMITS, ENGINE_VERSION, type Input, type Transformed } from './transform.ts';

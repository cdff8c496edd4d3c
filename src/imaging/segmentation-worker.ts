import './worker.ts';
import { useSegmentationEngine } from './segmentation/model.ts';
import { segment } from './segmentation/segment.ts';

/* As worker.ts, and with models: only functions that cut things out carry the engine that runs them. */

useSegmentationEngine(segment);

import './worker.ts';
import { useSegmentationEngine } from './segmentation/model.ts';
import { segment } from './segmentation/segment.ts';

/* As worker.ts, with the engine for models; only functions that offer cutouts include it. */

useSegmentationEngine(segment);

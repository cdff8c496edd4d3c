import * as z from 'zod';
import { defineOperation, SLOT } from '../operation.ts';

/** Luminance only; three equal channels, so that later steps may paint in colour. */
export const grayscale = defineOperation({
  summary: 'Turn gray',
  options: z.object({}),
  // In a graph with others it would also turn gray the background that a rotate or resize paints.
  slot: () => SLOT.alone,
  bound: (before) => before,
  apply: (graph) => graph.grayscale(),
});

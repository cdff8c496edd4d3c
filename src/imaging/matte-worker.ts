import './worker.ts';
import { matte } from './matte/matte.ts';
import { useMatteEngine } from './matte/model.ts';

/* As worker.ts, and with models: only functions that cut things out carry the engine that runs them. */

useMatteEngine(matte);

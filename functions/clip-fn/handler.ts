import { Classifier } from '#clip';
import type { StreamHandler } from '#handler';
import { guarded } from '#http/access';
import { describe } from '#http/openapi';
import { createRouter } from '#http/router';
import { inPlace } from '#intake';
import { countRest } from '#process/memory';
import { useWorker } from '#process/run-in-child';
import { ENDPOINTS } from './endpoints.ts';
import { clipMetrics } from './metrics.ts';
import { createHandlers } from './routes.ts';
import { readSettings } from './settings.ts';

// Must be set before onnxruntime is first used: it sends telemetry and writes an id into the home folder.
process.env.ORT_DISABLE_TELEMETRY = '1';

const workerUrl = new URL('./worker.js', import.meta.url);
useWorker(workerUrl);
const classifier = new Classifier({ ...readSettings(), workerUrl });
const handlers = createHandlers(classifier);
const route = createRouter(ENDPOINTS);

/** Classifies, embeds and ranks pictures; lists the label sets and the model. */
const handle: StreamHandler = (request, context) => {
  const { endpoint, event } = route(request);
  const answer = (placed: typeof event) => handlers[endpoint.operationId](placed, context);
  return 'pictures' in endpoint ? inPlace(event, answer) : answer(event);
};

export const body = 'stream';
/** Opens the model and embeds the default label set before the first request. */
export const warm = async (): Promise<void> => {
  await classifier.warm();
  countRest();
};
export const close = () => classifier.close();
export const metrics = () => clipMetrics(classifier.stats());
export const openapi = () =>
  describe({ name: 'clip-fn', summary: 'Classifies pictures (zero-shot, with CLIP)', endpoints: ENDPOINTS });
export default guarded('clip-fn', handle);

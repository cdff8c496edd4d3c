import type { Readable } from 'node:stream';
import type { FunctionContext, FunctionEvent } from '#handler';
import { createRouter } from '#http/router';
import { ENDPOINTS, type OperationId } from './endpoints.ts';
import { feedbackCsv, postFeedback } from './feedback.ts';
import { getJob, jobDrawing, jobEvents, jobPicture, postJob, runJob } from './job-routes.ts';
import { predict } from './predict.ts';
import { runRoute } from './run-route.ts';

type Answer = (
  event: FunctionEvent<Readable>,
  context: FunctionContext,
  params: Record<string, string>,
) => void | Promise<void>;

/** The handler of each endpoint. */
const ANSWERS: Record<OperationId, Answer> = {
  runPipeline: runRoute,
  createJob: postJob,
  getJob,
  runJob,
  followJob: jobEvents,
  getJobPicture: jobPicture,
  getTimelineSvg: jobDrawing('svg'),
  getTimelinePng: jobDrawing('png'),
  getLatencyCsv: jobDrawing('csv'),
  getLatencyMarkdown: jobDrawing('markdown'),
  reportFeedback: postFeedback,
  listFeedback: feedbackCsv,
  predict,
};

const route = createRouter(ENDPOINTS);

/** Answers a request. @throws Problem `not-found` or `method-not-allowed`, or what the endpoint throws */
export function answer(request: FunctionEvent<Readable>, context: FunctionContext): void | Promise<void> {
  const { endpoint, event, params } = route(request);
  return ANSWERS[endpoint.operationId](event, context, params);
}

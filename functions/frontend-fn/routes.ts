import type { Readable } from 'node:stream';
import type { FunctionEvent } from '#handler';
import { createRouter } from '#http/router';
import type { RouteAnswer } from './answer.ts';
import { pictureByAddress } from './by-address.ts';
import { classify, labelSets } from './classify.ts';
import { docsPage } from './docs-page.ts';
import { ENDPOINTS, type OperationId } from './endpoints.ts';
import { modelInUse } from './model-page.ts';
import { serveAsset, serveSample } from './page-files.ts';
import { passed, passJob } from './passed-routes.ts';
import { answerForm, openPage } from './plain-form.ts';
import { transform } from './transform.ts';

type Answer = (event: FunctionEvent<Readable>, rest: string) => Promise<RouteAnswer>;

/** What answers each endpoint. */
const ANSWERS: Record<OperationId, Answer> = {
  openPage,
  answerForm,
  pageClassify: classify,
  pageClassifyByExample: passed('/', 'clip-fn'),
  pageEmbed: passed('/embed', 'clip-fn'),
  pageRank: passed('/rank', 'clip-fn'),
  pageTransform: transform,
  pagePicture: pictureByAddress,
  pageLabelSets: labelSets,
  pageModel: modelInUse,
  openDocs: docsPage,
  docsFile: docsPage,
  pagePipeline: passed('/'),
  pageCreateJob: passed('/jobs'),
  pageFeedback: passed('/feedback'),
  pageFeedbackCsv: passed('/feedback.csv'),
  pagePredict: passed('/predict'),
  pageJob: passJob,
  pageJobEvents: passJob,
  pageJobFile: passJob,
  asset: serveAsset,
  sample: serveSample,
};

const route = createRouter(ENDPOINTS);

/** Finds what answers a request. @throws Problem `not-found` or `method-not-allowed` */
export function findRoute(asked: FunctionEvent<Readable>): () => Promise<RouteAnswer> {
  const { endpoint, event, params } = route(asked);
  return () => ANSWERS[endpoint.operationId](event, params.path ?? '');
}

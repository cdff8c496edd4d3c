import type { Readable } from 'node:stream';
import { Problem } from '#contract/problems';
import type { FunctionEvent } from '#handler';
import type { RouteAnswer } from './answer.ts';
import { pictureByAddress } from './by-address.ts';
import { classify, labelSets } from './classify.ts';
import { modelInUse } from './model-page.ts';
import { serveAsset, serveSample } from './page-files.ts';
import { passed, passJob } from './passed-routes.ts';
import { answerForm, openPage } from './plain-form.ts';
import { transform } from './transform.ts';

type Route = (event: FunctionEvent<Readable>, rest: string) => Promise<RouteAnswer>;

interface RouteRules {
  summary: string;
  GET?: Route;
  POST?: Route;
}

/** Every path this function answers. `faas-cli invoke` sets no path: there `?do=classify` means `/classify`. */
export const ROUTES: Record<string, RouteRules> = {
  '/': { summary: 'The page; its form without JavaScript', GET: openPage, POST: answerForm },
  '/classify': { summary: 'What is in a picture, from clip-fn', POST: classify },
  '/transform': { summary: 'A copy of a picture, from a transform function', POST: transform },
  '/picture': { summary: 'A picture by its address, as it is', GET: pictureByAddress },
  '/labelsets': { summary: 'Label sets that clip-fn knows', GET: labelSets },
  '/model': { summary: 'The model in use, and its card', GET: modelInUse },
  '/pipeline': { summary: 'Pictures through several functions, by pipeline-fn', POST: passed('/') },
  '/jobs': { summary: 'A pipeline in the queue, by pipeline-fn', POST: passed('/jobs') },
  '/feedback': { summary: 'Report an incorrect answer, to pipeline-fn', POST: passed('/feedback') },
  '/feedback.csv': { summary: 'All reports, for the operator', GET: passed('/feedback.csv') },
  '/predict': { summary: 'One label, in the shape of older servers', POST: passed('/predict') },
};

/** Files of the page, and jobs, by the first part of their path. */
const FOLDERS: Record<string, RouteRules> = {
  '/assets/': { summary: 'Script and style of the page', GET: serveAsset },
  '/samples/': { summary: 'Sample pictures', GET: serveSample },
  '/jobs/': { summary: 'A job and what it made', GET: passJob },
};

/** Finds what answers a request. @throws Problem `not-found` or `method-not-allowed` */
export function findRoute(event: FunctionEvent<Readable>): () => Promise<RouteAnswer> {
  const { do: wanted, ...query } = event.query;
  const path = event.path === '/' && typeof wanted === 'string' ? `/${wanted}` : event.path;
  const folder = Object.keys(FOLDERS).find((prefix) => path.startsWith(prefix)) ?? '';
  const rules = Object.hasOwn(ROUTES, path) ? ROUTES[path] : FOLDERS[folder];
  if (!rules) {
    throw new Problem('not-found', `There is no such address; there are ${Object.keys(ROUTES).join(', ')}.`);
  }
  const route = rules[event.method === 'HEAD' ? 'GET' : (event.method as 'GET' | 'POST')];
  if (!route) throw notAllowed(rules, event.method);
  return () => route(wanted === undefined ? event : { ...event, query }, path.slice(folder.length));
}

function notAllowed(rules: RouteRules, method: string): Problem {
  const allowed = [...(rules.GET ? ['GET', 'HEAD'] : []), ...(rules.POST ? ['POST'] : [])].join(', ');
  return new Problem('method-not-allowed', `${method.slice(0, 20)} is not possible here; use ${allowed}.`, {
    headers: { allow: allowed },
  });
}

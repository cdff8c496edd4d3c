import type { Readable } from 'node:stream';
import { Problem } from '#contract/problems';
import type { FunctionContext, FunctionEvent } from '#handler';
import { feedbackCsv, postFeedback } from './feedback.ts';
import { getJob, jobDrawing, jobEvents, jobPicture, postJob, runJob } from './job-routes.ts';
import { predict } from './predict.ts';
import { runRoute } from './run-route.ts';

type Route = (
  event: FunctionEvent<Readable>,
  context: FunctionContext,
  id: string,
  rest: string[],
) => void | Promise<void>;

interface RouteRules {
  path: RegExp;
  /** As documented. */
  shown: string;
  summary: string;
  GET?: Route;
  POST?: Route;
}

/** Every path this function answers; the first group is a job's id. */
export const ROUTES: RouteRules[] = [
  {
    path: /^\/$/,
    shown: '/',
    summary: 'Send pictures through functions',
    // A picture may be named by its address in the query.
    GET: runRoute,
    POST: runRoute,
  },
  { path: /^\/jobs\/?$/, shown: '/jobs', summary: 'Do it later, in the queue', POST: postJob },
  { path: /^\/jobs\/([^/]+)$/, shown: '/jobs/{id}', summary: 'How a job stands', GET: getJob },
  { path: /^\/jobs\/([^/]+)\/run$/, shown: '/jobs/{id}/run', summary: 'For the queue: work on a job', POST: runJob },
  {
    path: /^\/jobs\/([^/]+)\/events$/,
    shown: '/jobs/{id}/events',
    summary: 'Its steps as they are done',
    GET: jobEvents,
  },
  {
    path: /^\/jobs\/([^/]+)\/pictures\/([^/]+)\/([^/]+)$/,
    shown: '/jobs/{id}/pictures/{picture}/{step}',
    summary: 'A picture that a step made',
    GET: jobPicture,
  },
  {
    path: /^\/jobs\/([^/]+)\/(timeline\.svg|timeline\.png|latency\.csv|latency\.md)$/,
    shown: '/jobs/{id}/timeline.svg',
    summary: 'Its timeline as svg or png, its latencies as csv or md',
    GET: jobDrawing,
  },
  { path: /^\/feedback$/, shown: '/feedback', summary: 'Report an incorrect answer', POST: postFeedback },
  { path: /^\/feedback\.csv$/, shown: '/feedback.csv', summary: 'All reports, for the operator', GET: feedbackCsv },
  { path: /^\/predict$/, shown: '/predict', summary: 'One label, in the shape of older servers', POST: predict },
];

/**
 * Finds what answers a request. `faas-cli invoke` sets no path: there `?do=jobs` means `/jobs`.
 * @throws Problem `not-found` or `method-not-allowed`
 */
export function answerOf(event: FunctionEvent<Readable>, context: FunctionContext): void | Promise<void> {
  const { do: wanted, ...query } = event.query;
  const path = event.path === '/' && typeof wanted === 'string' ? `/${wanted}` : event.path;
  const rules = ROUTES.find((route) => route.path.test(path));
  if (!rules) {
    const shown = ROUTES.map((route) => route.shown).join(', ');
    throw new Problem('not-found', `There is no such address; there are ${shown}.`);
  }
  const route = rules[event.method === 'HEAD' ? 'GET' : (event.method as 'GET' | 'POST')];
  if (!route) throw notAllowed(rules, event.method);
  const [, id = '', ...rest] = rules.path.exec(path) ?? [];
  return route(wanted === undefined ? event : { ...event, query }, context, id, rest);
}

function notAllowed(rules: RouteRules, method: string): Problem {
  const allow = [...(rules.GET ? ['GET', 'HEAD'] : []), ...(rules.POST ? ['POST'] : [])].join(', ');
  return new Problem('method-not-allowed', `${method.slice(0, 20)} is not possible here; use ${allow}.`, {
    headers: { allow },
  });
}

import type { Readable } from 'node:stream';
import { passToFunction } from '#client/function-client';
import { withTries } from '#client/retry';
import { TIMES } from '#config/times';
import { Problem } from '#contract/problems';
import type { FunctionEvent } from '#handler';
import type { RouteAnswer } from './answer.ts';
import { pageBase } from './page-base.ts';

/*
 * Jobs, reports of wrong answers and the one-label answer of older servers are pipeline-fn's; a ranking is clip-fn's.
 * Who knows only this function's address reaches them here; requests and answers are handed on as they come, byte by
 * byte.
 */

type Event = FunctionEvent<Readable>;

const ASKED = ['accept', 'authorization', 'content-encoding', 'content-length', 'content-type', 'last-event-id'];
const ANSWERED = [
  ...['allow', 'cache-control', 'content-length', 'content-type', 'location', 'retry-after', 'server-timing'],
  ...['www-authenticate', 'x-accel-buffering', 'x-image-height', 'x-image-width'],
];

/** A job and what its links lead to: plain names below its own, so that nothing climbs out of them. */
const A_JOB = /^\/jobs(\/[a-z0-9][a-z0-9.-]*)+$/;

/** A route that hands its requests on to the same path of another function. */
export function passed(path: string, name = 'pipeline-fn'): (event: Event) => Promise<RouteAnswer> {
  return (event) => pass(event, path, name);
}

/** `GET /jobs/{id}` and what its links lead to. @throws Problem `not-found` */
export async function passJob(event: Event): Promise<RouteAnswer> {
  if (!A_JOB.test(event.path)) throw new Problem('not-found', 'There is no such job.');
  return pass(event, event.path, 'pipeline-fn');
}

async function pass(
  { method, headers, query, body, callId, signal }: Event,
  path: string,
  name: string,
): Promise<RouteAnswer> {
  const posted = method === 'POST';
  const ask = () =>
    passToFunction(name, {
      path,
      query,
      method: posted ? 'POST' : 'GET',
      ...(posted && { body }),
      // Links in the answer lead back here.
      headers: { 'accept-encoding': 'identity', ...picked(headers, ASKED), 'x-mounted-at': pageBase() },
      callId,
      signal,
      timeoutMs: TIMES.pipeline,
    });
  // A question may be asked again where nobody was there to answer it; a body is gone once it is sent.
  const deadline = performance.now() + TIMES.pipeline;
  const answer = await (posted ? ask() : withTries(ask, { deadline, signal }));
  return { ...answer, headers: picked(answer.headers, ANSWERED) };
}

function picked(headers: Event['headers'], names: string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => (headers[name] === undefined ? [] : [[name, String(headers[name])]])),
  );
}

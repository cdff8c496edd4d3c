import { Readable } from 'node:stream';
import { METRICS_TYPE } from '#kit/metrics';
import { publicOrigin } from '#kit/public-origin';
import { type Answer, problemAnswer, send, valueAnswer } from './answer.ts';
import { type Call, callFields, discardBody, eventOf } from './call.ts';
import { invoke } from './context.ts';
import { type Described, explanation, HEADERS, wantsExplanation } from './explanation.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import type { Loaded } from './module.ts';
import { type Failure, failedFailure, RuntimeProblem, thrownFailure } from './problems.ts';
import type { Settings } from './settings.ts';

/** What is needed to answer a call. */
export interface Dependencies {
  module: Loaded;
  settings: Settings;
  metrics: Metrics;
  log: Log;
  /** Connections are closed after their current request. */
  stopping: boolean;
}

/** Answers a call; never rejects. */
export async function answerCall(call: Call, around: Dependencies): Promise<void> {
  try {
    await transmit(call, (await ownAnswer(call, around)) ?? (await handlerAnswer(call, around)), around);
  } catch (error) {
    await answerError(call, error, around);
  }
}

async function answerError(call: Call, error: unknown, around: Dependencies): Promise<void> {
  const { res } = call;
  // Errors of work that was cancelled because its caller disconnected are not logged.
  if (call.over) return;
  if (res.headersSent) {
    call.broken = true;
    around.log('error', 'the answer broke off', { ...callFields(call), error });
    res.destroy();
    return;
  }
  for (const name of res.getHeaderNames()) res.removeHeader(name);
  try {
    const stopped = call.abort.signal.aborted ? stoppedProblem() : undefined;
    await transmit(call, refuse(call, thrownFailure(stopped ?? error), around), around);
  } catch (second) {
    // The problem's own headers are invalid.
    await answerWithoutHeaders(call, second, around);
  }
}

async function answerWithoutHeaders(call: Call, error: unknown, around: Dependencies): Promise<void> {
  if (call.over || call.res.headersSent) return;
  for (const name of call.res.getHeaderNames()) call.res.removeHeader(name);
  await transmit(call, refuse(call, thrownFailure(asUnknown(error)), around), around);
}

/** An internal error, whose answer has no headers of its own. */
function asUnknown(error: unknown): Error {
  return new Error('the answer could not be written', { cause: error });
}

function stoppedProblem(): RuntimeProblem {
  const detail = 'The function was shut down before this request was done. Send it again.';
  return new RuntimeProblem(504, 'timed-out', 'Timed out', detail);
}

/** Browsers must not guess the type of answers. */
const NOSNIFF = { 'x-content-type-options': 'nosniff' };

/** The runtime's own answers: metrics, and the module's description if it has one. */
async function ownAnswer(call: Call, { module, settings, metrics, log }: Dependencies): Promise<Answer | undefined> {
  if (call.method !== 'GET' && call.method !== 'HEAD') return undefined;
  // On OpenFaaS the watchdog answers these; here they start a function and cost nothing.
  if (call.path === '/_/health' || call.path === '/_/ready') {
    return valueAnswer({ status: 200, headers: { ...NOSNIFF, 'content-type': 'text/plain' }, value: 'OK' });
  }
  if (call.path === '/openapi.json' && module.openapi) {
    return valueAnswer({ status: 200, headers: NOSNIFF, value: described(module.openapi(), call, settings) });
  }
  const explained = explain(call, module, settings);
  if (explained) return explained;
  // A handler with a /metrics of its own keeps it if metrics_path is set to another path or to nothing.
  if (settings.metricsPath === '' || call.path !== settings.metricsPath) return undefined;
  let more = '';
  try {
    more = (await module.metrics?.()) ?? '';
  } catch (error) {
    log('error', "the handler's metrics failed", { ...callFields(call), error });
  }
  const headers = { 'content-type': METRICS_TYPE, 'cache-control': 'no-store', ...NOSNIFF };
  return valueAnswer({ status: 200, headers, value: metrics.render() + more });
}

/** The module's OpenAPI document with the function's address, behind a gateway or by itself. */
function described(document: Described, { req: { headers } }: Call, { functionName }: Settings): object {
  const origin = publicOrigin(headers);
  const url = headers['x-forwarded-host'] === undefined ? origin || '/' : `${origin}/function/${functionName}`;
  const { externalDocs, ...rest } = document;
  // OpenAPI requires an absolute URL there.
  const docs = externalDocs?.url?.startsWith('/') ? `${origin}${externalDocs.url}` : externalDocs?.url;
  const links = docs !== undefined && URL.canParse(docs) && { externalDocs: { ...externalDocs, url: docs } };
  return { servers: [{ url }], ...rest, ...links };
}

/** The page for browsers that open the function's address. */
function explain(call: Call, { openapi }: Loaded, { functionName }: Settings): Answer | undefined {
  const request = { ...call, headers: call.req.headers };
  if (call.path !== '/' || !openapi) return undefined;
  if (!wantsExplanation(request, openapi)) return undefined;
  return valueAnswer({ status: 200, headers: HEADERS, value: explanation(openapi(), functionName, request.headers) });
}

async function handlerAnswer(call: Call, around: Dependencies): Promise<Answer> {
  call.counted = true;
  around.metrics.begin();
  const event = await eventOf(call, around.module, around.settings);
  const outcome = await invoke(around.module.handler, event, (error) => {
    if (!call.abort.signal.aborted)
      around.log('warn', 'the handler went on after its answer', { ...callFields(call), error });
  });
  if (!outcome.failed) return valueAnswer(outcome);
  return refuse(call, failedFailure(outcome.value, outcome.status, outcome.headers), around);
}

function refuse(call: Call, failed: Failure, { log }: Dependencies): Answer {
  call.code = failed.code;
  if (failed.cause !== undefined && !call.over) {
    log(failed.status >= 500 ? 'error' : 'warn', 'the handler failed', { ...callFields(call), error: failed.cause });
  }
  return problemAnswer(failed, call.callId);
}

async function transmit(call: Call, answer: Answer, { stopping }: Dependencies): Promise<void> {
  const streamed = answer.body instanceof Readable;
  if (call.over) {
    if (answer.body instanceof Readable) answer.body.destroy();
    return;
  }
  // A caller that sent the id adds it itself; OpenFaaS's gateway would join both into one value for event streams.
  const events = String(answer.headers.get('content-type')).startsWith('text/event-stream');
  if (!events || call.req.headers['x-call-id'] === undefined) answer.headers.set('x-call-id', call.callId);
  if (stopping) answer.headers.set('connection', 'close');
  // Some callers read the answer only after they have sent everything, and a streamed answer may still read the
  // request, which is released when the answer is complete.
  if (!streamed || !call.body) discardBody(call);
  await send(call.res, answer, (bytes) => {
    call.bytes += bytes;
  });
}

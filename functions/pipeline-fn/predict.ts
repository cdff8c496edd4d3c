import type { Readable } from 'node:stream';
import * as z from 'zod';
import { type Answer, callFunction } from '#client/function-client';
import { parseClassification } from '#contract/classification';
import { Problem } from '#contract/problems';
import type { FunctionContext, FunctionEvent } from '#handler';
import { inPlace, type Placed, parseRequest } from '#intake';

/**
 * `POST /predict`: a picture in the form field `file` → `{success, prediction, score}`, for clients of older image
 * servers. A bad request gets 400 with the same members.
 */
export async function predict(event: FunctionEvent<Readable>, context: FunctionContext): Promise<void> {
  context.headers({ 'cache-control': 'no-store' });
  try {
    const answer = await inPlace(event, classify);
    const best = parseClassification(answer.body.toString('utf8'))?.labels[0];
    if (!best) throw new Problem('function-failed', 'The function clip-fn answered with no label.');
    context.succeed({ success: true, prediction: best.label, score: best.score });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    context.status(error.status < 500 && error.code !== 'busy' ? 400 : error.status);
    context.succeed({ success: false, prediction: null, score: null });
  }
}

async function classify(event: Placed): Promise<Answer> {
  const { picture } = await parseRequest(event, z.object({}));
  const { callId, signal } = event;
  return callFunction('clip-fn', {
    query: { top: 1, minCosine: 0 },
    accept: 'application/json',
    callId,
    signal,
    ...(picture && { body: picture.bytes }),
  });
}

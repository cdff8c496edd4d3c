import type { ServerEvent } from '#client/event-stream';
import { functionEvents } from '#client/function-events';
import { TIMES } from '#config/times';
import type { LabelInput } from './generated/obscura/v1/Label.ts';
import type { PipelineDoneInput } from './generated/obscura/v1/PipelineDone.ts';
import type { PipelineEventInput } from './generated/obscura/v1/PipelineEvent.ts';
import type { PipelineRequest } from './generated/obscura/v1/PipelineRequest.ts';
import type { PipelineStepInput } from './generated/obscura/v1/PipelineStep.ts';
import type { StreamWork } from './rpc.ts';
import { withPicture } from './with-picture.ts';

/** pipeline-fn's events as they arrive. */
export const runPipeline: StreamWork<PipelineRequest, PipelineEventInput> = async function* (request, call) {
  const { callId, signal } = call;
  const options = { steps: request.steps || undefined, pictures: 'last' };
  // Slightly more than the pipeline's own limit, so that the pipeline can report which step was slow.
  const timeoutMs = call.timeLeft(TIMES.pipeline + 2_000);
  const { accept: _, ...sent } = withPicture(request.picture, options, 'text/event-stream');
  const about = { callId, timeoutMs, signal, longLine: call.longLine() };
  const headers = { ...sent.headers, 'x-timeout': `${timeoutMs}ms` };
  for await (const event of functionEvents('pipeline-fn', { ...sent, ...about, headers })) {
    const message = translated(event);
    call.hold(message?.done?.picture?.data?.length ?? 0);
    if (message) yield message;
  }
};

function translated({ event, data }: ServerEvent): PipelineEventInput | undefined {
  if (event === 'begun')
    return { begun: { steps: (data as { steps: { name: string }[] }).steps.map(({ name }) => name) } };
  if (event === 'step') return { step: stepOf(data as StepRecord) };
  if (event === 'done') return { done: doneOf(data as Finished) };
  return undefined;
}

interface StepRecord {
  name: string;
  function: string;
  start: number;
  ms: { queue: number; call: number; work: number };
  tries: number;
  bytes: number;
  width: number;
  height: number;
  error?: { code: string; detail: string };
}

function stepOf({ ms, start, error, ...facts }: StepRecord): PipelineStepInput {
  const { name, tries, bytes, width, height } = facts;
  return {
    name,
    function: facts.function,
    startMs: start,
    queueMs: ms.queue,
    callMs: ms.call,
    workMs: ms.work,
    tries,
    bytes,
    width,
    height,
    ...(error && { errorCode: error.code, errorDetail: error.detail }),
  };
}

interface Finished {
  model?: string;
  labels: LabelInput[];
  unknown?: boolean;
  state?: string;
  picture?: { image: string; contentType: string; width: number; height: number };
  ms: number;
}

function doneOf({ model = '', labels, unknown = false, state = '', picture, ms }: Finished): PipelineDoneInput {
  if (!picture) return { model, labels, unknown, state, tookMs: ms };
  const { image, contentType, width, height } = picture;
  return {
    model,
    labels,
    unknown,
    state,
    tookMs: ms,
    picture: { data: Buffer.from(image, 'base64'), contentType, width, height },
  };
}

import type { Readable } from 'node:stream';
import type { FunctionContext, FunctionEvent } from '#handler';
import { type Emit, EVENT_HEADERS, eventStream, wantsEvents } from '#http/events';
import { parseBatchRequest } from '#intake';
import { asJson, encoded, type Finished, finishedAnswer, pictureJson, severalPictures } from './answers.ts';
import { runOptions } from './options.ts';
import { type RunOptions, runPipeline, type Watcher } from './run.ts';
import { requests, runRules } from './run-rules.ts';
import { type PipelineStep, readSteps } from './steps.ts';
import { wakeTogether } from './wake.ts';

/** `POST /`: pictures through the steps, answered when all is done, or event by event. */
export async function runRoute(event: FunctionEvent<Readable>, context: FunctionContext): Promise<void> {
  const started = performance.now();
  // A request takes its place once it is here: senders that are slow or stop must hold none.
  const { pictures, batch, options } = await parseBatchRequest(event, runOptions);
  const steps = readSteps(options.steps);
  const { output } = options;
  if (output === 'picture' && batch) throw severalPictures();
  const [only] = pictures;
  if (!batch && only instanceof Error) throw only;
  await requests(async () => {
    const work = async (watch: Watcher): Promise<Finished> => {
      const rules = runRules(event, started);
      wakeTogether(steps, rules);
      const keep = output === 'picture' && options.pictures === 'none' ? 'last' : options.pictures;
      const runs = await runPipeline(pictures, steps, rules, { keep, watch });
      return { runs, batch, durationMs: performance.now() - started };
    };
    if (output === 'json' && wantsEvents(event.headers)) return answerEvents(context, steps, options.pictures, work);
    const { headers, body } = await finishedAnswer(await work({}), output);
    context.headers(headers).succeed(body);
  }, event.signal);
}

/** `begun`, a `step` as each is done, a `picture` as each is through, and `done` with the whole answer or `failed`. */
async function answerEvents(
  context: FunctionContext,
  steps: PipelineStep[],
  wanted: RunOptions['keep'],
  work: (watch: Watcher) => Promise<Finished>,
): Promise<void> {
  let over = (): void => undefined;
  // The request counts as under way until its last event.
  const ended = new Promise<void>((resolve) => {
    over = resolve;
  });
  const stream = eventStream(async (emit) => {
    emit('begun', { steps: steps.map(({ name, function: called, sees }) => ({ name, function: called, sees })) });
    const finished = await work(watcher(emit, steps, wanted));
    const [only] = finished.runs;
    if (!finished.batch && only?.failure !== undefined) throw only.failure;
    emit('done', asJson(finished));
  });
  stream.once('close', over);
  context.headers(EVENT_HEADERS).succeed(stream);
  await ended;
}

/** With `pictures=all` each step's event brings the picture it made. */
function watcher(emit: Emit, steps: PipelineStep[], wanted: RunOptions['keep']): Watcher {
  const makers = wanted === 'all' ? steps.filter(({ yields }) => yields !== 'labels').map(({ name }) => name) : [];
  return {
    step: (picture, record, made) =>
      emit('step', { picture, ...record, ...(makers.includes(record.name) && encoded(made)) }),
    picture: (picture, { last: _, ...run }) =>
      emit('picture', { picture, ...pictureJson({ ...run, pictures: new Map() }) }),
  };
}

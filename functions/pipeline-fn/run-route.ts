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

/** `POST /`: runs pictures through the steps; answers at the end, or with events as steps finish. */
export async function runRoute(event: FunctionEvent<Readable>, context: FunctionContext): Promise<void> {
  const started = performance.now();
  // Parsed before it takes a place: a slow client must not hold one.
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

/** Emits `begun`, `step` and `picture` for each that is finished, and `done` with the whole answer or `failed`. */
async function answerEvents(
  context: FunctionContext,
  steps: PipelineStep[],
  keep: RunOptions['keep'],
  work: (watch: Watcher) => Promise<Finished>,
): Promise<void> {
  let close = (): void => undefined;
  // The request keeps its place until its last event.
  const closed = new Promise<void>((resolve) => {
    close = resolve;
  });
  const stream = eventStream(async (emit) => {
    emit('begun', { steps: steps.map(({ name, function: called, sees }) => ({ name, function: called, sees })) });
    const finished = await work(watcher(emit, steps, keep));
    const [only] = finished.runs;
    if (!finished.batch && only?.failure !== undefined) throw only.failure;
    emit('done', asJson(finished));
  });
  stream.once('close', close);
  context.headers(EVENT_HEADERS).succeed(stream);
  await closed;
}

/** With `pictures=all` each step's event contains the picture it made. */
function watcher(emit: Emit, steps: PipelineStep[], keep: RunOptions['keep']): Watcher {
  const makers = keep === 'all' ? steps.filter(({ yields }) => yields !== 'labels').map(({ name }) => name) : [];
  return {
    step: (picture, record, made) =>
      emit('step', { picture, ...record, ...(makers.includes(record.name) && encoded(made)) }),
    picture: (picture, { last: _, ...run }) =>
      emit('picture', { picture, ...pictureJson({ ...run, pictures: new Map() }) }),
  };
}

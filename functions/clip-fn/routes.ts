import type { Classifier, ExampleClass } from '#clip';
import { Problem } from '#contract/problems';
import type { StreamHandler } from '#handler';
import { type Group, type ParsedBatchRequest, parseBatchRequest, parseRequest } from '#intake';
import {
  type Answers,
  answerEmbeddings,
  answerJson,
  answerLabels,
  answerRanks,
  answerTable,
  wantsTable,
} from './answers.ts';
import type { OperationId } from './endpoints.ts';
import { classifyOptions, EXAMPLES, embedOptions, noOptions, rankOptions, requestedLabels } from './options.ts';

/**
 * Works on the valid pictures of a request and puts the answers in the order of the request.
 * @param work gets the bytes of the valid pictures and answers for each, in order
 */
async function withPictures<Each, Answer extends { pictures: (Each | Problem)[]; timings: Record<string, number> }>(
  { pictures, batch, durationMs }: ParsedBatchRequest<unknown>,
  work: (bytes: Buffer[]) => Promise<Answer>,
): Promise<Answer & Answers<Each>> {
  const answer = await work(pictures.flatMap((one) => (one instanceof Problem ? [] : [one.bytes])));
  const answers = answer.pictures.values();
  const all = pictures.map((one) => (one instanceof Problem ? one : (answers.next().value as Each | Problem)));
  return { ...answer, pictures: all, batch, timings: { intake: durationMs, ...answer.timings } };
}

/** The handler of each endpoint. */
export function createHandlers(classifier: Classifier): Record<OperationId, StreamHandler> {
  return {
    async classify(event, context) {
      const request = await parseBatchRequest(event, classifyOptions, { groups: EXAMPLES });
      const { prompt, top, minCosine, exif, matte } = request.options;
      const examples = request.groups && classesOf(request.groups);
      const options = { labels: requestedLabels(request.options), examples, prompt, top, minCosine, exif, matte };
      const answer = await withPictures(request, (bytes) => classifier.classify(bytes, options, event));
      (wantsTable(event.headers) ? answerTable : answerLabels)(context, answer);
    },

    async embed(event, context) {
      const request = await parseBatchRequest(event, embedOptions, { picture: 'optional' });
      const { text, prompt, exif, matte } = request.options;
      if (request.pictures.length === 0 && text === undefined) throw nothingToEmbed();
      const [answer, texts] = await Promise.all([
        withPictures(request, (bytes) => classifier.embedPictures(bytes, { exif, matte }, event)),
        text === undefined ? undefined : classifier.embedTexts([text].flat(), prompt, event),
      ]);
      const timings = { ...answer.timings, ...texts?.timings };
      answerEmbeddings(context, answer.model, { ...answer, timings }, texts);
    },

    async rank(event, context) {
      const request = await parseBatchRequest(event, rankOptions);
      const { text, prompt, exif, matte } = request.options;
      const ranks = await withPictures(request, (bytes) =>
        classifier.rank(bytes, text, { prompt, exif, matte }, event),
      );
      answerRanks(context, text, ranks);
    },

    ...infoHandlers(classifier),
  };
}

/** Endpoints that take no picture. */
function infoHandlers(classifier: Classifier): Record<'listLabelSets' | 'getModel', StreamHandler> {
  return {
    async listLabelSets(event, context) {
      await parseRequest(event, noOptions, { picture: 'none' });
      const { default: fallback, labelsets } = classifier.labelsets();
      answerJson(context, {
        default: fallback,
        labelsets: labelsets.map((set) => ({ ...set, count: set.labels.length })),
      });
    },

    async getModel(event, context) {
      await parseRequest(event, noOptions, { picture: 'none' });
      answerJson(context, { ...(await classifier.model()) });
    },
  };
}

function classesOf(groups: readonly Group[]): ExampleClass[] {
  return groups.map(({ name, members }) => ({
    label: name,
    examples: members.map((one) => (one instanceof Float32Array ? one : one.bytes)),
  }));
}

function nothingToEmbed(): Problem {
  return new Problem('source-missing', 'There is nothing to embed: send a picture, or the option "text", or both.');
}

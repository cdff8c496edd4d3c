import type { Classifier } from '#clip';
import type { FunctionEvent, StreamHandler } from '#handler';
import { type Picture, takeIn } from '#intake';
import { Problem } from '#platform/problems';
import { answerEmbeddings, answerJson, answerLabels, answerTable, wantsTable } from './answers.ts';
import { ACTIONS, classifyOptions, embedOptions, meantLabels, noOptions } from './options.ts';

export type Action = (typeof ACTIONS)[number];

/** Which methods each action takes. */
const METHODS: Record<Action, readonly string[]> = {
  classify: ['GET', 'HEAD', 'POST', 'PUT'],
  embed: ['GET', 'HEAD', 'POST', 'PUT'],
  labelsets: ['GET', 'HEAD'],
  model: ['GET', 'HEAD'],
};

/**
 * What a request asks for: its path, or on `/` its query's `do`, since `faas-cli invoke` sets no path.
 * @throws Problem `not-found`, `option-invalid` or `method-not-allowed`
 */
export function routeOf({ path, query, method }: Pick<FunctionEvent, 'path' | 'query' | 'method'>): Action {
  const name = path.replace(/^\/+|\/+$/g, '');
  const said = name === '' ? (query.do ?? 'classify') : name;
  const action = ACTIONS.find((known) => known === said);
  if (!action) throw name === '' ? unknownAction() : notFound();
  if (METHODS[action].includes(method)) return action;
  const allow = METHODS[action].join(', ');
  throw new Problem('method-not-allowed', `${method} is not possible here; use ${allow}.`, { headers: { allow } });
}

function unknownAction(): Problem {
  const allowed = `one of ${ACTIONS.join(', ')}`;
  return new Problem('option-invalid', `Option "do" must be ${allowed}.`, { members: { option: 'do', allowed } });
}

function notFound(): Problem {
  return new Problem('not-found', 'There is nothing here; there are /, /embed, /labelsets and /model.');
}

export function createRoutes(classifier: Classifier): Record<Action, StreamHandler> {
  return {
    async classify(event, context) {
      const { picture, options, took } = await takeIn(event, classifyOptions);
      const { prompt, top, minCosine, exif } = options;
      const wanted = { labels: meantLabels(options), prompt, top, minCosine, exif };
      const answer = await classifier.classify((picture as Picture).bytes, wanted, event);
      const timed = { ...answer, timings: { intake: took, ...answer.timings } };
      (wantsTable(event.headers) ? answerTable : answerLabels)(context, timed);
    },

    async embed(event, context) {
      const { picture, options, took: intake } = await takeIn(event, embedOptions, { picture: 'optional' });
      const { text, prompt, exif } = options;
      if (!picture && text === undefined) throw nothingToEmbed();
      const [image, texts] = await Promise.all([
        picture && classifier.embedImage(picture.bytes, { exif }, event),
        text === undefined ? undefined : classifier.embedTexts([text].flat(), prompt, event),
      ]);
      answerEmbeddings(context, { image, texts, intake });
    },

    async labelsets(event, context) {
      await takeIn(event, noOptions, { picture: 'none' });
      const { default: fallback, labelsets } = classifier.labelsets();
      answerJson(context, {
        default: fallback,
        labelsets: labelsets.map((set) => ({ ...set, count: set.labels.length })),
      });
    },

    async model(event, context) {
      await takeIn(event, noOptions, { picture: 'none' });
      answerJson(context, { ...(await classifier.model()) });
    },
  };
}

function nothingToEmbed(): Problem {
  return new Problem('source-missing', 'There is nothing to embed: send a picture, or the option "text", or both.');
}

import { EmbeddingStore } from './embedding-store.ts';
import { type EmbedTexts, LabelEmbeddings } from './label-embeddings.ts';
import { loadLabelsets } from './labelsets.ts';
import { listModels, type Model, verifyModel } from './models.ts';
import { readPrompt } from './prompts.ts';
import type { TextTower } from './session.ts';

/**
 * Embeds the built-in label sets for the bundled models at build time, under the default prompt, and stores the
 * results next to each model. Existing files are kept; after a change of the model or a set, they are made again.
 * Label sets of downloaded models are embedded on first use.
 * @returns for each model that failed, the reason; a build does not fail on it, since the function reports it too
 */
export async function preparePresets(modelsFolder: string): Promise<string[]> {
  const ours = listModels(modelsFolder).flatMap(({ model }) => (model && !model.manifest.download ? [model] : []));
  const reasons = await Promise.all(ours.map((model) => prepare(model).catch((error) => reasonOf(model, error))));
  return reasons.filter((reason) => reason !== undefined);
}

async function prepare(model: Model): Promise<undefined> {
  await verifyModel(model, new Map());
  const store = new EmbeddingStore();
  const prompt = readPrompt();
  const embed = lazily(model);
  for (const { labels } of loadLabelsets().values()) {
    const embeddings = new LabelEmbeddings(Number.MAX_SAFE_INTEGER);
    await store.remember(model, prompt, labels, () =>
      embeddings.embeddings({ model: model.manifest.id, prompt, labels, embed, lanes: 1 }),
    );
  }
}

/** Embeds with the text tower, opened on first use: most builds find all files in place and load no engine. */
function lazily(model: Model): EmbedTexts {
  let tower: Promise<TextTower> | undefined;
  return async (texts) => {
    tower ??= import('./session.ts').then(({ openTextTower }) => openTextTower(model, 1));
    return (await tower).embed(texts);
  };
}

function reasonOf({ manifest }: Model, error: unknown): string {
  return `The label sets of ${manifest.id} are left for later: ${error instanceof Error ? error.message : error}`;
}

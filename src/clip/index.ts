export { Classifier } from './classifier.ts';
export type {
  BatchLabels,
  BatchRanks,
  ClassifierSettings,
  ClassifyOptions,
  ExampleClass,
  FoundLabel,
  PictureEmbedding,
  PictureLabels,
  PictureRank,
  TextEmbeddings,
  Truncation,
} from './contract.ts';
export { MAX_CLASSES, MAX_EXAMPLES } from './examples.ts';
export { type Labelset, MAX_LABEL_LENGTH, MAX_LABELS } from './labelsets.ts';
export { MAX_TEMPLATE_LENGTH, MAX_TEMPLATES, PROMPT_NAMES } from './prompts.ts';
export type { ModelFacts } from './ready-model.ts';

import { Problem } from '#contract/problems';
import type { ConfidenceSpec } from './confidence.ts';
import type { ClassifyOptions, ExampleClass, Timings } from './contract.ts';
import { cleanClasses, type EmbeddedClass } from './examples.ts';
import type { LabelStore, Prepared, Wanted } from './label-store.ts';
import { prototypesOf } from './prototypes.ts';

/* The targets that pictures are compared with: labels, classes by example, or both. */

/** What a request names: labels, classes, or both with the same names. */
export interface NamedTargets {
  words?: Wanted | undefined;
  classes?: readonly ExampleClass[] | undefined;
}

/** The embeddings of {@link NamedTargets}. */
export interface Targets {
  prepared: Prepared;
  /** Replaces the model's own thresholds. */
  confidence?: ConfidenceSpec;
  /** In milliseconds. */
  timings: Timings;
}

/** @throws Problem `option-invalid` */
export function namedTargets({ labels, examples }: ClassifyOptions, source: LabelStore): NamedTargets {
  if (!examples) return { words: source.wanted(labels) };
  const classes = cleanClasses(examples);
  if (!labels) return { classes };
  const words = source.wanted(labels);
  const names = new Set(classes.map(({ label }) => label));
  const stray = words.labels.find((label) => !names.delete(label));
  const [left] = names;
  if (stray === undefined && left === undefined) return { words, classes };
  const lack =
    stray === undefined ? `the class "${left}" is not among the labels` : `the label "${stray}" has no example`;
  const detail = `Labels beside examples are the words for these classes, the same names in both; ${lack}.`;
  throw new Problem('option-invalid', detail, { members: { option: 'labels' } });
}

interface Taken<T> {
  found: T;
  durationMs: number;
}

/** @param contextLength of the model, in tokens. At least one of the other arguments is given. */
export function targetsOf(
  words: Taken<Prepared> | undefined,
  classes: Taken<EmbeddedClass[]> | undefined,
  contextLength: number,
): Targets {
  const timings = { ...(words && { text: words.durationMs }), ...(classes && { examples: classes.durationMs }) };
  const prepared = words?.found ?? {
    labels: [],
    vectors: [],
    unfamiliarWords: [],
    truncation: { contextLength, texts: [] },
  };
  if (!classes) return { prepared, timings };
  const texts = words && new Map(prepared.labels.map((label, i) => [label, prepared.vectors[i] as Float32Array]));
  const { confidence, ...prototypes } = prototypesOf(classes.found, texts);
  return { prepared: { ...prepared, ...prototypes }, confidence, timings };
}

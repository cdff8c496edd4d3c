import { Problem } from '#contract/problems';
import type { ConfidenceSpec } from './confidence.ts';
import type { ClassifyOptions, ExampleClass, Timings } from './contract.ts';
import { cleanClasses, type EmbeddedClass } from './examples.ts';
import type { LabelStore, Prepared, Wanted } from './label-store.ts';
import { prototypesOf } from './prototypes.ts';

/* What pictures are compared with: labels, classes by example, or classes by both. */

/** What a request names: at least one of the two; where there are both, the same names. */
export interface NamedTargets {
  words?: Wanted | undefined;
  classes?: readonly ExampleClass[] | undefined;
}

/** What it comes to. */
export interface Targets {
  prepared: Prepared;
  /** In place of the model's own. */
  confidence?: ConfidenceSpec;
  /** Milliseconds that it took. */
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

/** @param contextLength of the model, in tokens. One of the others is given. */
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

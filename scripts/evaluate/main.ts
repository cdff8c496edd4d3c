import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Problem } from '#contract/problems';
import { Classifier } from '../../src/clip/index.ts';
import { UsageError } from '../models/usage-error.ts';
import { COUNTS, confidenceTable, drawLabels, fitConfidence, judgeConfidence } from './confidence.ts';
import { readSamples, type Sample } from './data.ts';
import { grouped } from './grouped.ts';
import { judge } from './judge.ts';
import { KINDS, type Kind } from './kinds.ts';
import { type Report, toJson, toMarkdown } from './report.ts';
import { readSuite, type SuiteRow, type SuiteSet, suiteReport } from './suite.ts';
import { photosOf } from './vectors.ts';

const USAGE = `Usage: npm run evaluate -- --data <data> [options]
       npm run evaluate -- --suite <suite.json> [options]

  --data <data>         a folder of labelled folders, a folder of named pictures, list.json or list.jsonl[.gz]
  --model <id>          which model (the best one installed)
  --labels a,b,c        the labels to choose from, or --labelset <name>;
                        without either, the first name of every picture in the set
  --prompt <prompt>     photo, ensemble, none, or a text with {} (photo)
  --set <name>          only this set; may be repeated
  --together            evaluate all sets as one
  --limit <n>           at most n pictures of each set, spread evenly
  --title <text>        heading of the report
  --out <file>          write <file>.md and <file>.json instead of printing
  --kind <kind>         states, synonyms, search or examples instead of the report on labels
  --pairs <file>        for synonyms: a JSON array of pairs of words (scripts/evaluate/synonyms.json)
  --suite <file>        several sets: {"sets": [{"name", "kind", "data", "labels"?, "labelset"?, "bars"?}]}
  --confidence          how sure answers are with 1 to 200 labels, and the manifest's member "confidence"
                        fitted on these photos

Exit status: 0 done, 1 failed, 2 wrong usage.`;

const PAIRS = fileURLToPath(new URL('../../scripts/evaluate/synonyms.json', import.meta.url));

const options = {
  model: { type: 'string' },
  data: { type: 'string' },
  labels: { type: 'string' },
  labelset: { type: 'string' },
  prompt: { type: 'string' },
  set: { type: 'string', multiple: true },
  together: { type: 'boolean' },
  limit: { type: 'string' },
  title: { type: 'string' },
  out: { type: 'string' },
  confidence: { type: 'boolean' },
  kind: { type: 'string' },
  pairs: { type: 'string' },
  suite: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

type EvaluationOptions = ReturnType<typeof readFlags>;

function readFlags() {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${USAGE}`, 2);
  }
}

async function main(): Promise<void> {
  const values = readFlags();
  if (values.help) return console.log(USAGE);
  const suite = suiteOf(values);
  if (!suite && values.data === undefined) throw new UsageError(USAGE, 2);
  const classifier = new Classifier({
    modelsFolder: process.env.CLIP_MODELS?.trim() || fileURLToPath(new URL('../../models', import.meta.url)),
    model: values.model,
    workerUrl: new URL('../clip-fn/worker.js', import.meta.url),
    defaultLabelset: 'everyday',
    deadline: 600_000,
  });
  try {
    if (suite) return await write(await runSuite(classifier, await suite, values), values);
    const sets = setsOf(await readSamples(values.data ?? ''), values);
    if (values.confidence) await confidence(classifier, [...sets.values()].flat(), values);
    else await writeReport(await evaluate(classifier, sets, values), values);
  } catch (error) {
    // Before closing: terminating a thread inside the engine may end the process.
    reportError(error);
  } finally {
    await classifier.close();
  }
}

/** The sets of `--suite`, or the one of `--kind`. @throws UsageError */
function suiteOf({
  suite,
  kind,
  data,
  labels,
  labelset,
  prompt,
  pairs,
}: EvaluationOptions): SuiteSet[] | Promise<SuiteSet[]> | undefined {
  if (suite !== undefined) return readSuite(suite);
  if (kind === undefined) return undefined;
  if (!Object.hasOwn(KINDS, kind)) throw new UsageError(`--kind must be one of ${Object.keys(KINDS).join(', ')}.`, 2);
  if (data === undefined) throw new UsageError(USAGE, 2);
  const own = { labelset, prompt, pairs, labels: split(labels) };
  return [{ name: path.basename(data), kind: kind as Kind, data, ...own }];
}

async function runSuite(
  classifier: Classifier,
  sets: SuiteSet[],
  { title, limit, prompt }: EvaluationOptions,
): Promise<string> {
  const { id, version } = await classifier.model();
  const rows: SuiteRow[] = [];
  const lists = new Map<string, Sample[]>();
  for (const set of sets) {
    const all = lists.get(set.data) ?? (await readSamples(set.data));
    lists.set(set.data, all);
    const samples = some(all, limit);
    const onProgress = (done: number) => process.stderr.write(`\r${set.name}: ${done} of ${samples.length}\u001b[K`);
    const judged = await KINDS[set.kind](classifier, samples, {
      labels: labelsFor(classifier, samples, set),
      prompt: set.prompt ?? prompt ?? 'photo',
      pairs: set.pairs ?? PAIRS,
      onProgress,
    });
    process.stderr.write('\n');
    rows.push({ set, judged });
  }
  return suiteReport(title ?? `${id}, version ${version}`, rows);
}

async function write(markdown: string, { out }: EvaluationOptions): Promise<void> {
  if (out === undefined) console.log(markdown);
  else await writeFile(`${path.resolve(out.replace(/\.md$/, ''))}.md`, markdown);
}

/** The samples by set. */
function setsOf(samples: Sample[], { set, together }: EvaluationOptions): Map<string, Sample[]> {
  const names = [...new Set(samples.map((sample) => sample.set))];
  const unknown = set?.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new UsageError(`There is no set "${unknown}"; there are: ${names.join(', ')}.`, 2);
  const wanted = set === undefined ? samples : samples.filter((sample) => set.includes(sample.set));
  return together ? new Map([['all', wanted]]) : grouped(wanted, (sample) => sample.set);
}

/** At most `limit` samples, spread evenly over all. */
function some(all: Sample[], limit: string | undefined): Sample[] {
  const most = limit === undefined ? all.length : Number(limit);
  if (!(most >= 1)) throw new UsageError('--limit must be a number of pictures.', 2);
  if (all.length <= most) return all;
  return Array.from({ length: Math.floor(most) }, (_, i) => all[Math.floor((i * all.length) / most)] as Sample);
}

async function evaluate(
  classifier: Classifier,
  sets: Map<string, Sample[]>,
  values: EvaluationOptions,
): Promise<Report> {
  const { id, version, quantisation, minCosine } = await classifier.model();
  const { prompt = 'photo' } = values;
  const report: Report = {
    model: { id, version, quantisation, minCosine },
    prompt,
    left: { unreadable: 0, unlabelled: 0 },
    sets: {},
  };
  for (const [name, all] of sets) {
    const samples = some(all, values.limit);
    const show = (done: number) => process.stderr.write(`\r${name}: ${done} of ${samples.length}\u001b[K`);
    const labels = labelsFor(classifier, all, { ...values, labels: split(values.labels) });
    const { figures, unreadable, unlabelled } = await judge(classifier, samples, labels, prompt, show);
    process.stderr.write('\n');
    report.sets[name] = figures;
    report.left.unreadable += unreadable;
    report.left.unlabelled += unlabelled;
  }
  return report;
}

/**
 * Evaluates how sure answers are and fits new thresholds. Photos that the model was trained on give results that are
 * too good.
 */
async function confidence(classifier: Classifier, samples: Sample[], values: EvaluationOptions): Promise<void> {
  const { logitScale, minCosine, ...model } = await classifier.model();
  const show = (done: number) => process.stderr.write(`\r${done} of ${samples.length}\u001b[K`);
  const names = labelsFor(classifier, samples, { ...values, labels: split(values.labels) });
  const photos = await photosOf(classifier, some(samples, values.limit), names, values.prompt ?? 'photo', show);
  process.stderr.write('\n');
  const draws = COUNTS.map((count) => drawLabels(photos, count, logitScale, 5)).filter(
    ({ offered }) => offered.length > 0,
  );
  if (draws.length === 0) throw new UsageError('There are too few names, or no photo shows one of them.');
  const fitted = fitConfidence(draws);
  const judged = (spec: typeof model.confidence) =>
    confidenceTable(draws.map((draw) => judgeConfidence(draw, { confidence: spec, modelMinCosine: minCosine })));
  console.log(`# ${model.id}, how sure it is: ${photos.length} photos, ${names.length} names\n`);
  console.log(`By its manifest, in per cent:\n\n${judged(model.confidence)}\n`);
  console.log(`By thresholds fitted on these photos:\n\n${judged(fitted)}\n`);
  console.log(`"confidence": ${JSON.stringify(fitted)}`);
}

function labelsFor(
  classifier: Classifier,
  samples: Sample[],
  { labels, labelset }: { labels?: string[] | undefined; labelset?: string | undefined },
): readonly string[] {
  if (labels !== undefined) return labels;
  if (labelset === undefined) return [...new Set(samples.flatMap((sample) => sample.labels.slice(0, 1)))].sort();
  const all = classifier.labelsets().labelsets;
  const found = all.find(({ name }) => name === labelset);
  if (found) return found.labels;
  throw new UsageError(`There is no label set "${labelset}"; there are: ${all.map(({ name }) => name).join(', ')}.`, 2);
}

function split(labels: string | undefined): string[] | undefined {
  return labels?.split(',').map((label) => label.trim());
}

async function writeReport(
  report: Report,
  { out, title = `${report.model.id}, evaluated` }: EvaluationOptions,
): Promise<void> {
  const markdown = toMarkdown(report, title);
  if (out === undefined) return console.log(markdown);
  const base = path.resolve(out.replace(/\.(md|json)$/, ''));
  await writeFile(`${base}.md`, markdown);
  await writeFile(`${base}.json`, toJson(report));
}

function reportError(error: unknown): void {
  const isExpected = error instanceof UsageError || error instanceof Problem;
  console.error(isExpected ? error.message : error);
  process.exitCode = error instanceof UsageError ? error.exitCode : 1;
}

await main().catch(reportError);

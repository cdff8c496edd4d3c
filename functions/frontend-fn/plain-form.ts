import type { Readable } from 'node:stream';
import * as z from 'zod';
import type { Answer } from '#client/function-client';
import { Problem } from '#contract/problems';
import type { FunctionEvent } from '#handler';
import { etagOf } from '#http/built-files';
import { isFresh } from '#http/etag';
import { limitsFromEnv, type Picture, parseRequest } from '#intake';
import { htmlAnswer, type RouteAnswer } from './answer.ts';
import { askClip, classificationIn } from './classify.ts';
import { splitLabels } from './label-text.ts';
import { pageBase } from './page-base.ts';
import { pageFiles } from './page-files.ts';
import { type Copy, type Part, resultPage } from './result-page.ts';
import { SAMPLES } from './samples.ts';
import { startPage } from './start-page.ts';
import { TEXTS } from './texts.ts';
import { askTransform, pictureType } from './transform.ts';

const text = z.string().trim().optional();

/** The fields of the page's form as a browser sends them: empty where nothing was written. */
const formOptions = z.object({
  sample: text,
  choice: text,
  labelset: text,
  labels: text,
  prompt: text,
  promptText: text,
  top: text,
  minCosine: text,
  format: text,
  angle: text,
  background: text,
  width: text,
  height: text,
  fit: text,
});

type Form = z.output<typeof formOptions>;

/** A page carries its pictures inline; larger ones would make it a burden. */
const MAX_INLINE = 8 * 1024 * 1024;
/** What browsers show. */
const SHOWN = ['jpeg', 'png', 'webp', 'gif', 'avif'];

/** `GET /`: the page; with `sample` or a picture's address in the query, what the plain form would answer. */
export async function openPage(event: FunctionEvent<Readable>): Promise<RouteAnswer> {
  if (event.query.sample !== undefined || event.query.url !== undefined) return answerForm(event);
  const document = await start();
  const headers = { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache', etag: etagOf(document) };
  return isFresh(event.headers, headers.etag) ? { status: 304, headers, body: '' } : { headers, body: document };
}

async function start(trouble?: string): Promise<string> {
  const { style, script } = await pageFiles();
  const { maxBytes } = limitsFromEnv();
  return startPage({ base: pageBase(), style, script, maxBytes, ...(trouble !== undefined && { trouble }) });
}

/** `POST /`: the page's form without JavaScript → a page with labels and copies, or the form again, saying why. */
export async function answerForm(event: FunctionEvent<Readable>): Promise<RouteAnswer> {
  try {
    const { picture, options } = await parseRequest(event, formOptions, { picture: 'optional' });
    if (picture) return htmlAnswer(await resultsOf(picture, options, event));
    const sample = await samplePicture(options.sample);
    return htmlAnswer(await resultsOf(sample, { ...labelsOf(options.sample), ...options }, event));
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return htmlAnswer(await start(error.message), error.status);
  }
}

async function samplePicture(name: string | undefined): Promise<Pick<Picture, 'bytes' | 'format'>> {
  if (!name) throw new Problem('source-missing', TEXTS.start.first);
  const sample = (await pageFiles()).samples.get(name);
  if (!sample) throw new Problem('not-found', TEXTS.start.noSample);
  return { bytes: sample.bytes, format: 'jpeg' };
}

/** A sample is looked at with labels of its own. */
function labelsOf(name: string | undefined): Pick<Form, 'choice' | 'labels'> {
  const labels = SAMPLES.find(({ file }) => file === name)?.labels;
  return labels ? { choice: 'own', labels: labels.join() } : {};
}

type FormPicture = Pick<Picture, 'bytes' | 'format'>;

/** Asks all functions at once; what one of them cannot do does not hide what the others did. */
async function resultsOf(picture: FormPicture, form: Form, event: FunctionEvent): Promise<string> {
  const format = form.format || undefined;
  const ask = (name: string, options: Record<string, string | undefined>): Promise<Part<Copy>> =>
    part(askTransform(name, picture, { ...filled(options), format }, event, MAX_INLINE).then((it) => copyOf(name, it)));
  const [classification, rotated, resized, gray] = await Promise.all([
    part(askClip(picture, clipOptions(form), event).then(classificationIn)),
    ask('rotate-fn', { angle: form.angle, background: form.background }),
    ask('resize-fn', { ...(form.width || form.height ? {} : { width: '240' }), ...sides(form) }),
    ask('grayscale-fn', {}),
  ]);
  return resultPage({
    base: pageBase(),
    style: (await pageFiles()).style,
    classification,
    original: original(picture),
    variants: [
      [TEXTS.variants.rotate, rotated],
      [TEXTS.variants.resize, resized],
      [TEXTS.variants.grayscale, gray],
    ],
  });
}

function sides({ width, height, fit }: Form): Record<string, string | undefined> {
  return { width, height, fit };
}

/** Only what was written. */
function filled(options: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(options).filter((entry): entry is [string, string] => Boolean(entry[1])));
}

function clipOptions({
  choice,
  labelset,
  labels,
  prompt,
  promptText,
  top,
  minCosine,
}: Form): Parameters<typeof askClip>[1] {
  const own = splitLabels(labels ?? '');
  if (choice === 'own' && own.length === 0) throw new Problem('option-invalid', TEXTS.lookFor.nothingLeft);
  return {
    ...(own.length > 0 && choice !== 'set' ? { labels: own } : filled({ labelset })),
    ...filled({ prompt: prompt === 'own' ? promptText : prompt, top, minCosine }),
  };
}

async function part<T>(promise: Promise<T>): Promise<Part<T>> {
  try {
    return { value: await promise };
  } catch (error) {
    if (error instanceof Problem) return { trouble: error.message };
    throw error;
  }
}

function copyOf(name: string, answer: Answer): Copy {
  const side = (header: string): number | undefined => Number(answer.headers[header]) || undefined;
  const [width, height] = [side('x-image-width'), side('x-image-height')];
  return { bytes: answer.body, type: pictureType(name, answer), width, height };
}

function original({ bytes, format }: FormPicture): Part<Copy> {
  if (!SHOWN.includes(format)) return { trouble: TEXTS.picture.notShownHere(format.toUpperCase()) };
  if (bytes.length > MAX_INLINE) return { trouble: TEXTS.picture.tooLargeInside };
  return { value: { bytes, type: `image/${format}`, width: undefined, height: undefined } };
}

import { type Classification, remarkOn } from '#contract/classification';
import { type Html, html } from './html.ts';
import { layout, troubleBox } from './layout.ts';
import { EMBEDDED_MODEL, INSTALL_LARGER, TEXTS } from './texts.ts';
import { verdictOn } from './verdict.ts';
import { fileSize, percent, pixels } from './words.ts';

const { variants: said, picture: own, results: words } = TEXTS;

/** One part of a result: there, or why not. */
export type Part<T> = { value: T } | { trouble: string };

export interface Copy {
  bytes: Buffer;
  /** An image type. */
  type: string;
  width: number | undefined;
  height: number | undefined;
}

export interface ResultPage {
  base: string;
  style: string;
  classification: Part<Pick<Classification, 'model' | 'labels' | 'state'>>;
  original: Part<Copy>;
  /** Title and picture. */
  variants: [string, Part<Copy>][];
}

/** What the plain form answers: everything on one page that needs no script. */
export function resultPage({ base, style, original, classification, variants }: ResultPage): string {
  const main = html`<main data-state="result">
<section class="stage" aria-label="${own.yours}"><div class="drop">
<div class="picture">${picture(original, own.yours)}</div>
<p class="invite"><a class="quiet" href="./">${own.another}</a></p></div></section>
<section class="panel results" aria-labelledby="results-title"><h1 id="results-title">${words.title}</h1>
${'value' in classification ? ranking(classification.value) : troubleBox(classification.trouble)}</section>
<section class="variants" aria-labelledby="variants-title"><h2 id="variants-title">${said.title}</h2>
<ul class="tiles">${variants.map(
    ([title, copy]) => html`<li class="tile"><h3>${title}</h3>${picture(copy, said.alt(title))}</li>`,
  )}</ul></section>
</main>`;
  return layout({ title: TEXTS.resultTitle, base, style, main });
}

function ranking({ model, labels, state }: Pick<Classification, 'model' | 'labels' | 'state'>): Html {
  const { before, label: best, after } = verdictOn({ labels, state });
  const advice = state !== 'sure' && model === EMBEDDED_MODEL;
  return html`<p class="verdict"><span class="said">${before}<strong>${best}</strong>${after}</span></p>
${advice && html`<div class="advice"><p>${words.larger}: <code>${INSTALL_LARGER}</code></p></div>`}
<table class="ranking${state !== 'sure' && ' unsure'}">
<caption class="visually-hidden">${words.caption}</caption>
<thead class="visually-hidden"><tr>${titles(['label', 'bar', 'score'])}</tr></thead>
<tbody>${labels.map(
    ({ label, score, ...flags }) => html`<tr>
<th scope="row" class="label"><span>${label}${remark(flags)}</span></th>
<td class="share">${bar(score)}</td><td class="score">${percent(score)}</td></tr>`,
  )}</tbody></table>
<details class="figures"><summary>${words.figures}</summary>
<p class="hint">${words.aboutFigures}</p>
<table><thead><tr>${titles(['label', 'score', 'cosine'])}</tr></thead>
<tbody>${labels.map(
    ({ label, score, cosine }) => html`<tr><th scope="row">${label}</th>
<td>${percent(score)}</td><td class="cosine">${cosine.toFixed(3)}</td></tr>`,
  )}</tbody></table></details>
<p class="facts"><a href="model">${TEXTS.model.card(model)}</a></p>`;
}

function titles(columns: (keyof typeof words.head)[]): Html[] {
  return columns.map((column) => html`<th scope="col">${words.head[column]}</th>`);
}

function remark(flags: Parameters<typeof remarkOn>[0]): Html | false {
  const said = remarkOn(flags);
  return said !== undefined && html` <small>${said}</small>`;
}

/** A bar whose length needs no style attribute, which the content security policy forbids. */
function bar(score: number): Html {
  const length = Math.max(0.5, Math.min(100, score * 100)).toFixed(1);
  return html`<svg class="bar" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true"
><rect width="${length}" height="1"/></svg>`;
}

function picture(copy: Part<Copy>, alt: string): Html {
  if ('trouble' in copy) return html`<div class="frame">${troubleBox(copy.trouble)}</div>`;
  const { bytes, type, width, height } = copy.value;
  const size = width !== undefined && height !== undefined && html`<span class="size">${pixels(width, height)}</span>`;
  const address = `data:${type};base64,${bytes.toString('base64')}`;
  return html`<div class="frame"><img src="${address}" alt="${alt}"></div>
<p class="facts">${size}<span>${fileSize(bytes.length)}</span></p>`;
}

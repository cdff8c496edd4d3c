import { html } from './html.ts';
import { layout, troubleBox } from './layout.ts';
import { lookForFields, stage, variantTiles } from './start-page-parts.ts';
import { TEXTS } from './texts.ts';

const { start, picture, results, darkroom, pipeline } = TEXTS;

export interface StartPage {
  base: string;
  style: string;
  script: string;
  /** The largest picture taken in, bytes. */
  maxBytes: number;
  /** What went wrong with the form that was sent before. */
  trouble?: string;
}

/**
 * The page as it opens. It is one plain form that works without JavaScript; the script takes the same fields over.
 * `js-only` and `with-picture` parts appear with the script and with a picture.
 */
export function startPage({ base, style, script, maxBytes, trouble }: StartPage): string {
  const main = html`<main data-state="empty" data-max-bytes="${maxBytes}">
${trouble !== undefined && troubleBox(trouble)}
<p class="visually-hidden" role="status" id="status"></p>
<form id="by-address" method="get" action="./"></form>
<form id="form" method="post" action="./" enctype="multipart/form-data">
${stage(maxBytes)}
<section class="panel results with-picture" aria-labelledby="results-title">
<h2 id="results-title" class="js-only">${results.title}</h2>
<div id="results" class="js-only"></div>
${lookForFields()}
</section>
<section class="contact-sheet js-only" id="contact-sheet" aria-label="${picture.contactSheet}" hidden></section>
${variantTiles()}
<p class="plain-only"><button class="button" type="submit">${start.look}</button></p>
</form>
<section class="darkroom js-only with-picture" id="darkroom" aria-labelledby="darkroom-title">
<h2 id="darkroom-title">${darkroom.title}</h2></section>
<section class="pipeline js-only with-picture" id="pipeline" aria-labelledby="pipeline-title">
<h2 id="pipeline-title">${pipeline.title}</h2></section>
</main>`;
  return layout({ title: TEXTS.title, base, style, script, main });
}

import { type Html, html } from './html.ts';
import { SAMPLES } from './samples.ts';
import { BUILT_IN_SETS, FIRST_SET, setTitle, TEXTS } from './texts.ts';

const { start, lookFor, variants } = TEXTS;

/** The last three become others in the page, where the browser reads them. */
const READ_TYPES = [
  ...['jpeg', 'png', 'webp', 'gif', 'avif', 'tiff', 'heic', 'heif', 'bmp'].map((name) => `image/${name}`),
  ...['.heic', '.heif'],
];

/** Where a picture is chosen: from files, the camera, the samples, or by its address. */
export function stage(maxBytes: number): Html {
  return html`<section class="stage" aria-labelledby="title">
<div class="intro">
<h1 id="title">${start.question}</h1>
<p>${start.intro}</p>
</div>
<div class="drop" id="drop">
<div class="picture js-only" id="picture" hidden></div>
<div class="invite">
${DROP_ICON}
<p class="js-only with-pointer">${start.dropHere}</p>
<div class="ways">${fileFields()}</div>
<p class="hint" id="kinds">${start.kinds(maxBytes)}</p>
</div>
</div>
<div class="others">
<div class="samples"><p id="samples-title">${start.samples}</p>
<ul aria-labelledby="samples-title">${SAMPLES.map(sample)}</ul></div>
<div class="address"><label for="address">${start.address}</label>
<div class="joined"><input type="url" id="address" name="url" form="by-address"
 placeholder="${start.addressExample}" autocomplete="off" required
><button class="quiet" type="submit" form="by-address">${start.fetchIt}</button></div></div>
</div>
</section>`;
}

const DROP_ICON = html`<svg class="drop-icon" viewBox="0 0 48 48" aria-hidden="true">
<rect x="5" y="9" width="38" height="30" rx="4"/><circle cx="16" cy="19" r="3.5"/>
<path d="m6 35 11-10 8 7 7-6 10 9"/></svg>`;

function fileFields(): Html {
  return html`<label class="button" for="image" id="choose">${start.choose}</label>
<input class="file" type="file" id="image" name="image" accept="${READ_TYPES.join()}"
 required aria-describedby="kinds">
<label class="button with-fingers js-only" for="camera">${start.camera}</label>
<input class="file with-fingers js-only" type="file" id="camera" accept="image/*" capture="environment">
<button class="plain js-only with-picture" type="button" id="start-over">${start.over}</button>`;
}

function sample({ file, name, width, height, labels }: (typeof SAMPLES)[number]): Html {
  return html`<li><a href="?sample=${file}" data-sample="${file}" data-labels="${labels.join()}"
><img src="samples/${file}" alt="${start.sample(name)}" width="${width}" height="${height}"></a></li>`;
}

/** Labels: one of the sets, or one's own. */
export function lookForFields(): Html {
  return html`<fieldset class="look-for">
<legend>${lookFor.title}</legend>
<div class="segments">
<label><input type="radio" name="choice" value="set" checked> ${lookFor.set}</label>
<label><input type="radio" name="choice" value="own"> ${lookFor.own}</label>
<label class="js-only"><input type="radio" name="choice" value="examples"> ${lookFor.examples}</label>
</div>
<div class="set set-row"><div class="field"><label for="labelset">${lookFor.setField}</label>
<select id="labelset" name="labelset"><option value="">${lookFor.standard}</option>${BUILT_IN_SETS.map(
    (name) => html`<option value="${name}"${name === FIRST_SET ? html` selected` : ''}>${setTitle(name)}</option>`,
  )}</select></div>
<div class="field js-only"><label for="set-search">${lookFor.search}</label>
<input type="search" id="set-search" autocomplete="off" spellcheck="false" placeholder="${lookFor.searchExample}"
 aria-describedby="set-hits"></div>
<div id="set-hits" class="set-hits js-only" role="status"></div></div>
<div class="field own"><label for="labels">${lookFor.labels}</label>
<input type="text" id="labels" name="labels" placeholder="${lookFor.example}" autocomplete="off" spellcheck="false"
 aria-describedby="labels-hint">
<p class="hint" id="labels-hint">${lookFor.commas}</p></div>
<div id="examples" class="by-example js-only"></div>
<details class="more"><summary>${lookFor.more}</summary>
<div class="row">${moreFields()}</div>
</details>
</fieldset>`;
}

function moreFields(): Html {
  const counts = [5, 10, 20].map((count) => html`<option value="${count}">${lookFor.topCount(count)}</option>`);
  return html`<div class="field"><label for="prompt">${lookFor.prompt}</label>
<select id="prompt" name="prompt">${choices(lookFor.prompts)}</select></div>
<div class="field prompt-own"><label for="prompt-text">${lookFor.promptText}</label>
<input type="text" id="prompt-text" name="promptText" placeholder="${lookFor.promptExample}" autocomplete="off"></div>
<div class="field"><label for="top">${lookFor.top}</label>
<select id="top" name="top">${counts}</select></div>
<div class="field"><label for="min-cosine">${lookFor.minCosine}</label>
<input type="number" id="min-cosine" name="minCosine" min="0" max="1" step="any" inputmode="decimal"
 placeholder="${lookFor.minCosineOwn}"></div>`;
}

const WRITTEN_TYPES = { jpeg: 'JPEG', png: 'PNG', webp: 'WebP', avif: 'AVIF' };

/** Without a script these are fields of the form; the script puts what came of them above. */
export function variantTiles(): Html {
  return html`<section class="variants with-picture" aria-labelledby="variants-title">
<div class="variants-head"><h2 id="variants-title">${variants.title}</h2>
<div class="field inline plain-only"><label for="format">${variants.saveAs}</label>
<select id="format" name="format">${choices({ '': variants.same, ...WRITTEN_TYPES })}</select></div></div>
<ul class="tiles">
${tile('rotate', rotateFields())}
${tile('resize', resizeFields())}
${tile('grayscale')}
</ul>
</section>`;
}

function rotateFields(): Html {
  return html`<div class="field"><label for="angle">${variants.angle}</label>
<input type="number" id="angle" name="angle" value="90" min="-360" max="360" step="any" inputmode="decimal"></div>
<div class="field"><label for="background">${variants.corners}</label>
<select id="background" name="background">${choices(variants.colours)}</select></div>`;
}

function resizeFields(): Html {
  return html`${side('width')}${side('height')}<div class="field"><label for="fit">${variants.fit}</label
><select id="fit" name="fit">${choices(variants.fits)}</select></div>`;
}

function side(name: 'width' | 'height'): Html {
  const title = html`${variants[name]}<span class="visually-hidden">${variants.inPixels}</span>`;
  return html`<div class="field"><label for="${name}">${title}</label
><input type="number" id="${name}" name="${name}" value="240" min="1" max="16384" inputmode="numeric"></div>`;
}

function tile(operation: 'rotate' | 'resize' | 'grayscale', controls?: Html): Html {
  const shown = controls && html`<div class="controls plain-only">${controls}</div>`;
  return html`<li class="tile" data-operation="${operation}"><h3>${variants[operation]}</h3>${shown}</li>`;
}

function choices(options: Record<string, string>): Html[] {
  return Object.entries(options).map(([value, title]) => html`<option value="${value}">${title}</option>`);
}

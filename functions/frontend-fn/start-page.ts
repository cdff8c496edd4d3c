import { type Html, html } from './html.ts';
import { layout, troubleBox } from './layout.ts';
import { SAMPLES } from './samples.ts';
import { BUILT_IN_SETS, FIRST_SET, fileSize, setTitle } from './words.ts';

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
<form id="form" method="post" action="./" enctype="multipart/form-data">
${stage(maxBytes)}
<section class="panel seen with-picture" aria-labelledby="seen-title">
<h2 id="seen-title" class="js-only">What is in it</h2>
<div id="seen" class="js-only"></div>
${lookFor()}
</section>
${copies()}
<p class="plain-only"><button class="button" type="submit">Look at the picture</button></p>
</form>
</main>`;
  return layout({ title: 'Obscura: what is in your picture?', base, style, script, main });
}

function stage(maxBytes: number): Html {
  return html`<section class="stage" aria-labelledby="title">
<div class="intro">
<h1 id="title">What is in your picture?</h1>
<p>A model names what it sees, with a score for every label. Three small functions hand back copies: turned, resized and gray.</p>
</div>
<div class="drop" id="drop">
<div class="picture js-only" id="picture" hidden></div>
<div class="invite">
<svg class="drop-icon" viewBox="0 0 48 48" aria-hidden="true"><rect x="5" y="9" width="38" height="30" rx="4"/><circle cx="16" cy="19" r="3.5"/><path d="m6 35 11-10 8 7 7-6 10 9"/></svg>
<p class="js-only with-pointer">Drop a photo anywhere, paste it, or</p>
<label class="button" for="image" id="choose">Choose a photo</label>
<input class="file" type="file" id="image" name="image" accept="image/jpeg,image/png,image/webp,image/gif,image/avif,image/tiff" required aria-describedby="kinds">
<p class="hint" id="kinds">JPEG, PNG, WebP, GIF, AVIF or TIFF, up to ${fileSize(maxBytes)}</p>
</div>
</div>
<div class="samples"><p id="samples-title">Or try one of these</p>
<ul aria-labelledby="samples-title">${SAMPLES.map(
    ({ file, name, width, height }) =>
      html`<li><a href="?sample=${file}" data-sample="${file}"><img src="samples/${file}" alt="Try ${name}" width="${width}" height="${height}"></a></li>`,
  )}</ul></div>
</section>`;
}

function lookFor(): Html {
  return html`<fieldset class="look-for">
<legend>What to look for</legend>
<div class="segments">
<label><input type="radio" name="choice" value="set" checked> A set of labels</label>
<label><input type="radio" name="choice" value="own"> My own labels</label>
</div>
<div class="field set"><label for="labelset">Set</label>
<select id="labelset" name="labelset"><option value="">Standard</option>${BUILT_IN_SETS.map(
    (name) => html`<option value="${name}"${name === FIRST_SET ? html` selected` : ''}>${setTitle(name)}</option>`,
  )}</select></div>
<div class="field own"><label for="labels">Labels</label>
<input type="text" id="labels" name="labels" placeholder="cat, dog, red car" autocomplete="off" spellcheck="false" aria-describedby="labels-hint">
<p class="hint" id="labels-hint">Separate labels with commas.</p></div>
<details class="more"><summary>Prompt and number of labels</summary>
<div class="row"><div class="field"><label for="prompt">Prompt</label>
<select id="prompt" name="prompt"><option value="">a photo of a …</option><option value="ensemble">eight prompts together</option><option value="none">the bare label</option><option value="own">my own:</option></select></div>
<div class="field prompt-own"><label for="prompt-text">My own, with {} for the label</label>
<input type="text" id="prompt-text" name="promptText" placeholder="a drawing of a {}" autocomplete="off"></div>
<div class="field"><label for="top">Show</label>
<select id="top" name="top"><option value="5">5 labels</option><option value="10">10 labels</option><option value="20">20 labels</option></select></div></div>
</details>
</fieldset>`;
}

function copies(): Html {
  return html`<section class="copies with-picture" aria-labelledby="copies-title">
<div class="copies-head"><h2 id="copies-title">Copies</h2>
<div class="field inline"><label for="format">Save as</label>
<select id="format" name="format"><option value="">same as the picture</option><option value="jpeg">JPEG</option><option value="png">PNG</option><option value="webp">WebP</option><option value="avif">AVIF</option></select></div></div>
<ul class="tiles">
<li class="tile js-only" id="original"><h3>Original</h3></li>
${tile(
  'rotate',
  'Rotated',
  html`<div class="field"><label for="angle">Clockwise, °</label>
<input type="number" id="angle" name="angle" value="90" min="-360" max="360" step="any" inputmode="decimal"></div>
<div class="field corners"><label for="background">Corners</label>
<select id="background" name="background"><option value="">clear</option><option value="white">white</option><option value="black">black</option></select></div>`,
)}
${tile(
  'resize',
  'Resized',
  html`<div class="field"><label for="width">Width<span class="visually-hidden"> in pixels</span></label><input type="number" id="width" name="width" value="240" min="1" max="16384" inputmode="numeric"></div>
<div class="field"><label for="height">Height<span class="visually-hidden"> in pixels</span></label><input type="number" id="height" name="height" value="240" min="1" max="16384" inputmode="numeric"></div>
<div class="field"><label for="fit">Fit</label><select id="fit" name="fit"><option value="cover">crop</option><option value="inside">inside</option><option value="contain">pad</option><option value="outside">outside</option><option value="fill">stretch</option></select></div>`,
)}
<li class="tile js-only" data-operation="grayscale"><h3>Gray</h3></li>
</ul>
</section>`;
}

function tile(operation: string, title: string, controls: Html): Html {
  return html`<li class="tile" data-operation="${operation}"><h3>${title}</h3><div class="controls">${controls}</div></li>`;
}

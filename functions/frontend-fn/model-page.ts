import type { Readable } from 'node:stream';
import { callFunction } from '#client/function-client';
import type { ModelInUse } from '#contract/classification';
import type { FunctionEvent } from '#handler';
import { preferredType } from '#http/accept';
import { HTML, htmlAnswer, type RouteAnswer } from './answer.ts';
import { html } from './html.ts';
import { layout } from './layout.ts';
import { pageBase } from './page-base.ts';
import { pageFiles } from './page-files.ts';
import { EMBEDDED_MODEL, INSTALL_LARGER, TEXTS } from './texts.ts';

const { model: said, picture } = TEXTS;

/** `GET /model`: the model that answers, with its card; a page for who follows a link, else clip-fn's JSON. */
export async function modelInUse({ headers, callId, signal }: FunctionEvent<Readable>): Promise<RouteAnswer> {
  const answer = await callFunction('clip-fn', { path: '/model', accept: 'application/json', callId, signal });
  if (preferredType(headers, ['application/json', HTML]) !== HTML) {
    const kept = { 'content-type': 'application/json', 'cache-control': 'max-age=60', vary: 'Accept' };
    return { headers: kept, body: answer.body };
  }
  const { id, source, licence, card } = JSON.parse(answer.body.toString('utf8')) as ModelInUse;
  const main = html`<main data-state="read"><section class="panel card">
<h1>${said.card(id)}</h1>
${id === EMBEDDED_MODEL && html`<p>${said.embedded}</p><pre><code>${INSTALL_LARGER}</code></pre>`}
<p>${said.facts.source}: ${source}</p><p>${said.facts.licence}: ${licence}</p>
<pre class="plain-card">${card ?? said.noCard}</pre>
<p><a class="quiet" href="./">${picture.another}</a></p></section></main>`;
  return htmlAnswer(layout({ title: said.card(id), base: pageBase(), style: (await pageFiles()).style, main }));
}

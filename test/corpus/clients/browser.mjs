/* Sends one picture from a page in Chromium: browser.mjs KIND URL FILE */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';

const [kind, url, file] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
const page = await browser.newPage();
// A page of the same origin, which never reaches the network.
const start = new URL('/page', url).href;
await page.route(start, (route) => route.fulfill({ contentType: 'text/html', body: pageOf() }));
await page.goto(start);

function pageOf() {
  const base64 = readFileSync(file).toString('base64');
  return `<meta charset="utf-8"><form id="form" method="post" action="${url}" enctype="multipart/form-data">
    <input type="file" name="image"><input name="url"><input name="angle" value="90"></form>
    <form id="text" method="post" action="${url}"><input name="image" value="${base64}"><input name="ref">
    <input name="angle" value="90"></form>`;
}

const answer = page.waitForResponse((response) => response.url().startsWith(url));
if (kind.startsWith('form')) {
  if (kind === 'form') await page.setInputFiles('input[type=file]', file);
  await page.evaluate((id) => document.getElementById(id).submit(), kind === 'form' ? 'form' : 'text');
} else {
  const [data, name] = [readFileSync(file).toString('base64'), path.basename(file)];
  await page.evaluate(
    async ({ kind, url, data, name }) => {
      const blob = await (await fetch(`data:image/jpeg;base64,${data}`)).blob();
      const form = new FormData();
      form.append('image', new File([blob], name, { type: 'image/jpeg' }));
      form.append('angle', '90');
      const turned = `${url}?angle=90`;
      if (kind === 'fetch-form') await fetch(url, { method: 'POST', body: form });
      if (kind === 'fetch-blob') await fetch(turned, { method: 'POST', body: blob });
      if (kind === 'fetch-json') {
        const headers = { 'content-type': 'application/json' };
        await fetch(url, {
          method: 'POST',
          headers,
          body: JSON.stringify({ image: `data:image/jpeg;base64,${data}`, angle: 90 }),
        });
      }
      if (kind === 'xhr-form') {
        const request = new XMLHttpRequest();
        request.open('POST', url);
        request.send(form);
      }
      if (kind === 'beacon') navigator.sendBeacon(turned, blob);
    },
    { kind, url, data, name },
  );
}
await answer;
await browser.close();

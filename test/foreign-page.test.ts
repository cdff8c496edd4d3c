import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { authorizationOf, call, type TestGateway, testGateway } from '../gateway/fixtures/gateway.ts';
import { CHROMIUM } from './browser.ts';

/* What a page of somebody else's can do to a gateway on the visitor's machine, in a browser that has its password. */

let gateway: TestGateway;
let evil: Server;

beforeAll(async () => {
  gateway = await testGateway();
  evil = createServer(({ url }, response) => {
    response.setHeader('Content-Type', 'text/html').end(url === '/form' ? form() : '<!doctype html><p>hello');
  });
  await new Promise<void>((resolve) => evil.listen(0, '127.0.0.1', resolve));
});

afterAll(async () => {
  evil.closeAllConnections();
  evil.close();
  await gateway.end();
});

const password = () =>
  Buffer.from(authorizationOf(gateway.folder).slice('Basic '.length), 'base64').toString().slice('admin:'.length);
const functions = async () =>
  JSON.parse(
    (
      await call(`${gateway.url}/system/functions`, {
        headers: { authorization: authorizationOf(gateway.folder) },
      })
    ).text,
  ).map(({ name }: { name: string }) => name);

/** A form that submits itself; its text is JSON. */
const form = () => {
  const name = `${DEPLOYMENT.slice(0, -1)},"x":"`.replaceAll('"', '&quot;');
  const field = `<input name="${name}" value="&quot;}">`;
  const action = `${gateway.url}/system/functions`;
  const script = '<script>document.forms[0].submit()</script>';
  return `<form method="post" enctype="text/plain" action="${action}">${field}</form>${script}`;
};

const DEPLOYMENT = JSON.stringify({ service: 'evil-fn', image: 'example/echo-fn:1' });

test.skipIf(!CHROMIUM)('a foreign page deploys nothing, with a form or with fetch', { timeout: 60_000 }, async () => {
  const browser = await chromium.launch({ executablePath: CHROMIUM as string, args: ['--no-sandbox'] });
  try {
    const context = await browser.newContext({ httpCredentials: { username: 'admin', password: password() } });
    const page = await context.newPage();
    // The browser knows the password from here on.
    expect((await page.goto(`${gateway.url}/ui/`))?.status()).toBe(200);
    await page.goto(`http://127.0.0.1:${(evil.address() as AddressInfo).port}/`);
    const before = await functions();
    await page.evaluate(
      async ([url, body]) => {
        const options: RequestInit = { method: 'POST', mode: 'no-cors', credentials: 'include' };
        for (const sent of [body as string, new Blob([body as string])]) {
          // Not even an opaque answer comes back.
          await fetch(`${url}/system/functions`, { ...options, body: sent }).catch(() => undefined);
        }
      },
      [gateway.url, DEPLOYMENT],
    );
    const answered = page.waitForResponse((response) => response.request().method() === 'POST');
    await page.goto(`http://127.0.0.1:${(evil.address() as AddressInfo).port}/form`);
    expect((await answered).status()).toBe(403);
    expect(await functions()).toEqual(before);
  } finally {
    await browser.close();
  }
});

test.skipIf(!CHROMIUM)('a name that is rebound to loopback opens nothing', { timeout: 60_000 }, async () => {
  const args = ['--no-sandbox', '--host-resolver-rules=MAP evil.example 127.0.0.1'];
  const browser = await chromium.launch({ executablePath: CHROMIUM as string, args });
  try {
    const page = await browser.newPage();
    for (const address of [gateway.url, String(gateway.metricsUrl)]) {
      const rebound = address.replace('127.0.0.1', 'evil.example');
      expect((await page.goto(rebound))?.status()).toBe(403);
    }
    await page.goto(gateway.url.replace('127.0.0.1', 'evil.example'));
    const statuses = await page.evaluate(async () => {
      const sent = ['/function/echo-fn', '/async-function/echo-fn', '/system/functions'].map((path) =>
        fetch(path, { method: 'POST', body: 'x' }).then(({ status }) => status),
      );
      return Promise.all(sent);
    });
    expect(statuses).toEqual([403, 403, 403]);
  } finally {
    await browser.close();
  }
});

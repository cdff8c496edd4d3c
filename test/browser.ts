import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, type BrowserContextOptions, type BrowserServer, chromium, type Page } from 'playwright-core';

/** Where Chromium is: `CHROMIUM`, or where distributions put it; `undefined` where there is none. */
export const CHROMIUM =
  process.env.CHROMIUM ??
  ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((file) => existsSync(file));

const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  `--disable-features=${[
    // A popup of the address bar, which nobody sees: a process of its own for each window, dearer than our page's.
    'WebUIOmniboxPopup',
    'WebUIOmniboxAimPopup',
    // Chromium takes only the last such list. These are playwright-core's that concern a page, or would call home.
    'AimEnabled',
    'AvoidUnnecessaryBeforeUnloadCheckSync',
    'DestroyProfileOnBrowserClose',
    'HttpsFirstBalancedModeAutoEnable',
    'HttpsUpgrades',
    'LensOverlay',
    'MediaRouter',
    'NetworkTimeServiceQuerying',
    'OptimizationHints',
    'PaintHolding',
    'PreconnectToSearch',
    'ThirdPartyStoragePartitioning',
  ].join()}`,
];

const options = { ...(CHROMIUM && { executablePath: CHROMIUM }), args: ARGUMENTS };

/** A browser that several processes drive; its `wsEndpoint` tells where. */
export function startBrowserServer(): Promise<BrowserServer> {
  return chromium.launchServer(options);
}

/** The one that runs at an address, whose downloads can be read as streams only; without an address, one of its own. */
export function openBrowser(endpoint?: string): Promise<Browser> {
  return endpoint === undefined ? chromium.launch(options) : chromium.connect(endpoint);
}

/** A page, and everything on it that should never happen. */
export interface WatchedPage {
  page: Page;
  /** Errors in the console or thrown, refused by the content security policy, or requests to anywhere else. */
  complaints: string[];
  close(): Promise<void>;
}

/** Opens an address in a profile of its own. Answers of 400 and above are expected where a test asks for them. */
export async function openWatched(
  browser: Browser,
  address: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return;
    if (!/^Failed to load resource/.test(message.text())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('dialog', (dialog) => complaints.push(`dialog: ${dialog.message()}`));
  page.on('request', (request) => {
    if (!/^(data|blob):/.test(request.url()) && new URL(request.url()).origin !== new URL(address).origin)
      complaints.push(`left the origin: ${request.url()}`);
  });
  await page.goto(address);
  return { page, complaints, close: () => context.close() };
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** What axe-core finds wrong, a line each. Evaluated from outside: the page's own policy lets no other script in. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate<string[]>(`(async () => {
    const { violations } = await axe.run(document, { runOnly: ${JSON.stringify(RULES)} });
    return violations.flatMap(({ id, help, nodes }) => nodes.map(({ target }) => id + ': ' + help + ' ' + target));
  })()`);
}

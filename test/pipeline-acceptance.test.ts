import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { formOf } from './events.ts';
import { picture } from './pictures.ts';
import { type System, startSystem } from './system.ts';

/*
 * What an older pipeline of services did for its users, row by row: upload → noise reduction → background removal →
 * classifier, asked for as a task whose status has the label, the picture and a timeline.
 * What of it stands elsewhere: byte-identical ways in (same-bytes), its client's results folder (cli), retries
 * (functions/pipeline-fn/run.test.ts), fifty tasks at once and killed workers (pipeline-jobs).
 */

// Functions start from nothing, on machines that may be busy.
vi.setConfig({ testTimeout: 60_000 });

const folder = mkdtempSync(path.join(tmpdir(), 'obscura-acceptance-'));
let system: System;
let png: Buffer;
let job: Job;

interface Step {
  name: string;
  start: number;
  ms: { queue: number; call: number; work: number };
}

interface Job {
  state: string;
  updated: string;
  labels: { label: string; score: number }[];
  steps: Step[];
  picture: { url: string };
  links: { self: string; timeline: string[]; latency: string[] };
}

const get = (address: string) => fetch(new URL(address, system.url));
const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer());

/** Asks for a task and waits for its end. */
async function run(sent: { body: Buffer; headers?: Record<string, string> }): Promise<Job> {
  const url = `${system.url}/function/frontend-fn/jobs`;
  const begun = await fetch(url, { method: 'POST', ...sent, body: new Uint8Array(sent.body) });
  expect(begun.status).toBe(202);
  const location = begun.headers.get('location') ?? '';
  expect(location).toMatch(/^\/function\/frontend-fn\/jobs\/[0-9a-f]{40}$/);
  for (;;) {
    const found = (await (await get(location)).json()) as Job;
    if (found.state === 'done' || found.state === 'failed') return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

beforeAll(async () => {
  const STORE_URL = `file:${path.join(folder, 'store')}`;
  system = await startSystem({ STORE_URL, GATEWAY_STATE: path.join(folder, 'state') });
  png = await picture(96, 64).png().toBuffer();
  // The name is an attempt to leave the folder that uploads go to.
  job = await run(await formOf([['image', new Blob([new Uint8Array(png)]), '../../../../evil.png']]));
}, 90_000);
afterAll(async () => {
  await system?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const rows: [string, () => Promise<void> | void][] = [
  [
    'the steps are noise reduction, background removal, classifier',
    () => expect(job.steps.map(({ name }) => name)).toEqual(['denoise', 'cutout', 'classify']),
  ],
  [
    'the status has the label, with its confidence',
    () => {
      expect(job.state).toBe('done');
      expect(job.labels[0]?.label).toMatch(/\w/);
      expect(job.labels[0]?.score).toBeGreaterThan(0);
    },
  ],
  [
    'the status has the picture, cut out, with transparency',
    async () => {
      const { format, channels } = await sharp(await bytesOf(await get(job.picture.url))).metadata();
      expect([format, channels]).toEqual(['png', 4]);
    },
  ],
  [
    'the status has a timeline chart and the latency of each stage',
    async () => {
      const [svg = '', image = ''] = job.links.timeline;
      expect((await (await get(svg)).text()).match(/<rect x=/g)).toHaveLength(2 * 3);
      expect((await sharp(await bytesOf(await get(image))).metadata()).format).toBe('png');
      const table = await (await get(job.links.latency[0] ?? '')).text();
      expect(table.trim().split('\r\n')).toHaveLength(1 + 3);
    },
  ],
  [
    'asking again changes nothing and draws nothing',
    async () => {
      for (let times = 0; times < 3; times++) {
        expect(((await (await get(job.links.self)).json()) as Job).updated).toBe(job.updated);
      }
      const kept = readdirSync(path.join(folder, 'store', 'results')).filter((name) => !name.endsWith('.json'));
      expect(kept).toHaveLength(2);
    },
  ],
  [
    'the name of an upload is no path',
    () => {
      for (let above = folder; above !== path.dirname(above); above = path.dirname(above)) {
        expect(existsSync(path.join(above, 'evil.png'))).toBe(false);
      }
    },
  ],
];

test.each(rows)('%s', (_, check) => check());

test('many pictures flow through the stages at the same time', async () => {
  const body = await formOf(
    Array.from({ length: 4 }, (_, index) => ['images', new Blob([new Uint8Array(png)]), `${index}.png`]),
  );
  const url = `${system.url}/function/pipeline-fn?steps=denoise;rotate:90`;
  const answer = await fetch(url, { method: 'POST', headers: body.headers, body: new Uint8Array(body.body) });
  const { pictures } = (await answer.json()) as { pictures: { steps: Step[] }[] };
  const calls = pictures.map(({ steps: [first] }) => {
    const { start, ms } = first as Step;
    return { from: start + ms.queue, to: start + ms.queue + ms.call };
  });
  const firstEnd = Math.min(...calls.map(({ to }) => to));
  expect(calls.filter(({ from }) => from < firstEnd).length).toBeGreaterThan(1);
});

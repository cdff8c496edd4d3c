import { Readable } from 'node:stream';
import * as z from 'zod';
import { booleanOption, colourOption, enumOption, listOption, numberOption } from '#contract/options';
import type { FunctionEvent } from '#handler';
import { parseBatchRequest, parseRequest } from '#intake';
import { mutateBytes, mutateJson, mutateText } from './mutate.ts';
import type { Random } from './random.ts';
import { checkProblem, type Target } from './target.ts';

/** Options of every kind that functions have. */
const schema = z.object({
  angle: numberOption({ min: -360, max: 360 }).default(0),
  width: numberOption({ min: 1, max: 1_000, int: true }).optional(),
  fit: enumOption(['cover', 'inside']).default('cover'),
  enlarge: booleanOption().default(false),
  background: colourOption().default('#ffffff'),
  labels: listOption({ maxItems: 20, maxLength: 40 }).optional(),
  note: z.string().max(50).optional(),
});

const limits = { maxBytes: 64 * 1024, maxPixels: 1_000_000 };

/** No case reaches the network: every name fails to resolve, every literal address is refused. */
const url = {
  maxBytes: limits.maxBytes,
  timeout: 500,
  allowAddress: () => false,
  hosts: [],
  lookup: (_name: string, _options: unknown, done: (error: Error, address: string) => void) =>
    done(Object.assign(new Error('no network here'), { code: 'ENOTFOUND' }), ''),
};

/** 404 and 503: a `ref` that is well formed leads to the store. */
const STATUSES = [400, 403, 404, 413, 415, 422, 502, 503, 504];

const PICTURES = {
  png: 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  gif: 'R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7',
  webp: 'UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==',
  jpeg:
    `/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP${'/'.repeat(86)}` +
    'wgALCAABAAEBAREA/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABPxA=',
};
const BYTES = Object.values(PICTURES).map((text) => Buffer.from(text, 'base64'));

const QUERIES: Record<string, string | string[]>[] = [
  {},
  { angle: '90' },
  { width: '10', fit: 'inside', enlarge: 'yes' },
  { labels: ['cat', 'dog,bird'], note: 'x' },
  { url: 'https://example.org/a.png' },
  { ref: 'results/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', background: 'fff' },
];

const JSONS: unknown[] = [
  { image: PICTURES.png, angle: 90, labels: ['cat'] },
  { url: 'http://example.org/x', fit: 'cover' },
  { image: `data:image/gif;base64,${PICTURES.gif}`, enlarge: true },
  { images: [PICTURES.png, PICTURES.webp], note: 'two' },
];

const TEXTS = [
  PICTURES.png,
  `data:image/png;base64,${PICTURES.png}`,
  'https://example.org/a.jpg',
  '<svg/>',
  '%PDF-1.7',
  'a letter',
];

const TYPES = [
  'application/octet-stream',
  'text/plain',
  'application/x-www-form-urlencoded',
  'image/png',
  'application/json',
  '',
];

interface Case {
  headers: Record<string, string>;
  query: Record<string, string | string[]>;
  body: Buffer;
  /** Where the body is cut into chunks. */
  cut: number;
}

function request(random: Random): Case {
  const query = queryOf(random);
  const cut = 1 + random.below(700);
  const type = random.pick(TYPES);
  switch (random.below(4)) {
    case 0:
      return { headers: { 'content-type': type }, query, cut, body: mutateBytes(random, random.pick(BYTES)) };
    case 1:
      return {
        headers: { 'content-type': type },
        query,
        cut,
        body: Buffer.from(mutateText(random, random.pick(TEXTS))),
      };
    case 2: {
      const text = JSON.stringify(mutateJson(random, random.pick(JSONS))) ?? '';
      const body = Buffer.from(random.oneIn(4) ? mutateText(random, text) : text);
      return { headers: { 'content-type': 'application/json' }, query, cut, body };
    }
    default:
      return { ...form(random), query, cut };
  }
}

function queryOf(random: Random): Case['query'] {
  const entries = Object.entries(random.pick(QUERIES)).map(([name, value]) => {
    const changed = random.oneIn(3) ? mutateText(random, String(value)) : value;
    return [random.oneIn(8) ? mutateText(random, name) : name, changed];
  });
  return Object.fromEntries(entries);
}

/** A form, whole or hurt: parts in any number, of any name; boundaries and headers that lie. */
function form(random: Random): Pick<Case, 'headers' | 'body'> {
  const boundary = random.oneIn(10) ? mutateText(random, 'edge') : 'edge';
  const parts = Array.from({ length: random.below(4) }, () => part(random));
  const whole = Buffer.concat([...parts, Buffer.from('--edge--\r\n')]);
  return {
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    body: random.oneIn(3) ? mutateBytes(random, whole) : whole,
  };
}

function part(random: Random): Buffer {
  // Found by fuzzing: a part may have no name at all, and options may be named like what every object has.
  const name = random.pick([
    '',
    'toString',
    'image',
    'file',
    'images',
    'angle',
    'labels',
    'url',
    'ref',
    '__proto__',
    'constructor',
    'filename',
  ]);
  const file = random.oneIn(2) ? `; filename="${mutateText(random, 'a.png')}"` : '';
  const written = random.oneIn(6) ? mutateText(random, name) : name;
  const head = `--edge\r\nContent-Disposition: form-data; name="${written}"${file}\r\n\r\n`;
  const content = file
    ? mutateBytes(random, random.pick(BYTES))
    : Buffer.from(mutateText(random, random.pick(['90', 'cat,dog', 'x'])));
  return Buffer.concat([Buffer.from(random.oneIn(6) ? mutateText(random, head) : head), content, Buffer.from('\r\n')]);
}

function eventOf({ headers, query, body, cut }: Case): FunctionEvent<Readable> {
  const chunks = Array.from({ length: Math.ceil(body.length / cut) }, (_, index) =>
    body.subarray(index * cut, (index + 1) * cut),
  );
  const signal = new AbortController().signal;
  return {
    body: Readable.from(chunks, { objectMode: false }),
    headers,
    method: 'POST',
    query,
    path: '/',
    callId: 'fuzz',
    signal,
  };
}

async function tried(
  made: Case,
  take: (event: FunctionEvent<Readable>) => Promise<{ options: object; bytes: number }>,
): Promise<void> {
  try {
    const { options, bytes } = await take(eventOf(made));
    const strange = Object.keys(options).find((name) => !(name in schema.shape));
    if (strange !== undefined) throw new Error(`the option ${strange} was taken`);
    if (bytes > limits.maxBytes) throw new Error(`${bytes} bytes were taken in`);
  } catch (error) {
    checkProblem(error, STATUSES);
    const twice = /^Option "(.*)" is given twice/s.exec(error.message)?.[1];
    if (twice !== undefined && !Object.hasOwn(made.query, twice)) throw new Error(`"${twice}" was not given twice`);
  }
}

export const requests: Target[] = [
  {
    name: 'a request with one picture',
    weight: 4,
    make: request,
    try: (made: Case) =>
      tried(made, async (event) => {
        const { options, picture } = await parseRequest(event, schema, {
          limits,
          url: url as never,
          picture: 'optional',
        });
        return { options, bytes: picture?.bytes.length ?? 0 };
      }),
  },
  {
    name: 'a request with many pictures',
    weight: 2,
    make: request,
    try: (made: Case) =>
      tried(made, async (event) => {
        const { options, pictures } = await parseBatchRequest(event, schema, {
          limits,
          url: url as never,
          picture: 'optional',
        });
        for (const picture of pictures) if (picture instanceof Error) checkProblem(picture, STATUSES);
        const bytes = pictures.reduce((sum, picture) => sum + (picture instanceof Error ? 0 : picture.bytes.length), 0);
        return { options, bytes };
      }),
  },
];

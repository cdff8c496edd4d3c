import { readFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { type Answer, connections, type Sent, send } from './send.ts';

/** An endless supply of requests, each with a check of its answer. */
export interface Traffic {
  next(): ExpectedCall;
}

export interface ExpectedCall {
  sent: Sent;
  /** The expected status (200). */
  status?: number;
  /** @returns what is wrong with an answer that has the expected status */
  check(answer: Answer): string | undefined;
}

export const KINDS = ['page', 'classify', 'rotate', 'transform', 'pipeline', 'predict'] as const;
export type Kind = (typeof KINDS)[number];

/** The weights of the kinds in mixed traffic. */
export const MIX: Partial<Record<Kind, number>> = { page: 4, classify: 6, rotate: 6, transform: 2, pipeline: 2 };

/** The weights for people: they open the page and send a picture. */
export const PEOPLE: Partial<Record<Kind, number>> = { page: 1, predict: 1 };

interface Photo {
  name: string;
  bytes: Buffer;
  /** What it shows, one of LABELS. */
  label: string;
}

const LABELS = ['cat', 'coffee cup', 'rocket'];
const CHAIN = 'resize:width=320;grayscale';
const STEPS = 'resize:width=300;classify:labels=cat|coffee cup|rocket,minCosine=0';

const REQUESTS: Record<Kind, (photo: Buffer) => Sent> = {
  page: () => ({ path: '/function/frontend-fn', method: 'GET' }),
  classify: (body) => ({ path: `/function/clip-fn?minCosine=0&labels=${encodeURIComponent(LABELS.join(','))}`, body }),
  rotate: (body) => ({ path: '/function/rotate-fn?angle=90', body }),
  transform: (body) => ({ path: `/function/transform-fn?chain=${encodeURIComponent(CHAIN)}`, body }),
  pipeline: (body) => ({ path: `/function/pipeline-fn?steps=${encodeURIComponent(STEPS)}`, body }),
  predict: predictForm,
};

/**
 * Traffic for one system. The first answers of each kind are compared with an independent source (sharp itself, a
 * person's label). Every later answer must equal the first, byte for byte or label for label, which also detects
 * pictures that are mixed up between requests.
 */
export class Expectations {
  private readonly photos: Photo[];
  private readonly wanted = new Map<string, string>();
  private number = 0;

  private constructor(photos: Photo[]) {
    this.photos = photos;
  }

  /** Gets the first answer for each kind and photo. @throws Error if one is wrong */
  static async learn(url: string, root: string): Promise<Expectations> {
    const folder = path.join(root, 'functions/frontend-fn/page/samples');
    const photo = (name: string, label: string): Photo => ({
      name,
      label,
      bytes: readFileSync(path.join(folder, name)),
    });
    const self = new Expectations([
      photo('cat.jpg', 'cat'),
      photo('coffee.jpg', 'coffee cup'),
      photo('rocket.jpg', 'rocket'),
    ]);
    const agent = connections();
    for (const kind of KINDS) {
      for (const each of self.photos) {
        const answer = await send(url, REQUESTS[kind](self.fresh(each)), agent);
        const wrong =
          answer.status === 200 ? await independent(kind, each, answer) : answer.body.toString('utf8', 0, 300);
        if (wrong !== undefined)
          throw new Error(`${kind} of ${each.name}: ${answer.status} ${answer.failure ?? wrong}`);
        self.wanted.set(`${kind} ${each.name}`, essence(kind, answer));
      }
    }
    agent.destroy();
    return self;
  }

  of(kind: Kind): Traffic {
    return { next: () => this.request(kind) };
  }

  /** Kinds mixed by weight, in the same order each time. */
  mixed(weights: Partial<Record<Kind, number>>): Traffic {
    const bag = Object.entries(weights).flatMap(([kind, weight]) => Array<Kind>(weight).fill(kind as Kind));
    let draw = 0;
    // A step size that is coprime to the bag's size visits all of it, well mixed.
    return { next: () => this.request(bag[(draw++ * 7) % bag.length] as Kind) };
  }

  request(kind: Kind): ExpectedCall {
    const photo = this.photos[this.number % this.photos.length] as Photo;
    const wanted = this.wanted.get(`${kind} ${photo.name}`);
    const check = (answer: Answer): string | undefined => {
      const got = essence(kind, answer);
      return got === wanted
        ? undefined
        : `${kind} of ${photo.name}: ${got.slice(0, 120)}, not ${wanted?.slice(0, 120)}`;
    };
    return { sent: REQUESTS[kind](this.fresh(photo)), check };
  }

  /** The same picture with other bytes, so that nothing is cached or coalesced. */
  private fresh({ bytes }: Photo): Buffer {
    return Buffer.concat([bytes, Buffer.from(`${process.pid} ${this.number++}`.padStart(24))]);
  }
}

/** The part of an answer that must be the same each time, without timings. */
function essence(kind: Kind, { headers, body }: Answer): string {
  if (kind === 'rotate' || kind === 'transform') {
    return `${headers['x-image-width']} × ${headers['x-image-height']}, ${body.toString('base64')}`;
  }
  const text = body.toString('utf8');
  if (kind === 'page') return text;
  try {
    const { labels, steps, prediction, score } = JSON.parse(text);
    const records = steps?.map(({ name, width, height }: Record<string, unknown>) => [name, width, height]);
    return JSON.stringify({ labels, records, prediction, score });
  } catch {
    return `not JSON: ${text.slice(0, 100)}`;
  }
}

/** Compares a first answer with an independent source. @returns what is wrong */
async function independent(kind: Kind, photo: Photo, { headers, body }: Answer): Promise<string | undefined> {
  if (kind === 'page') return body.includes('<form') && headers['content-security-policy'] ? undefined : 'not the page';
  if (kind === 'rotate' || kind === 'transform') {
    const graph = sharp(photo.bytes, { autoOrient: true });
    const own = kind === 'rotate' ? graph.rotate(90) : graph.resize({ width: 320 }).grayscale();
    return near(await pixels(await own.jpeg({ quality: 90 }).toBuffer()), await pixels(body));
  }
  const answer = JSON.parse(body.toString('utf8'));
  if (kind === 'predict') return answer.success === true ? undefined : 'no success';
  const [first] = answer.labels;
  return first?.label === photo.label ? undefined : `it sees "${first?.label}"`;
}

/** Decoded pixels, reduced so that differences between encoders average out. */
function pixels(bytes: Buffer): Promise<Buffer> {
  return sharp(bytes).toColourspace('srgb').removeAlpha().resize(32, 32, { fit: 'fill' }).raw().toBuffer();
}

function near(wanted: Buffer, got: Buffer): string | undefined {
  const far = wanted.findIndex((value, index) => Math.abs(value - (got[index] ?? -99)) > 12);
  return far < 0 && wanted.length === got.length ? undefined : 'pixels differ from those of sharp';
}

const BOUNDARY = 'obscura-stress-boundary';

function predictForm(photo: Buffer): Sent {
  const disposition = 'Content-Disposition: form-data; name="file"; filename="a.jpg"';
  const head = [`--${BOUNDARY}`, disposition, 'Content-Type: image/jpeg', '', ''].join('\r\n');
  return {
    path: '/function/pipeline-fn/predict',
    headers: { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` },
    body: Buffer.concat([Buffer.from(head), photo, Buffer.from(`\r\n--${BOUNDARY}--\r\n`)]),
  };
}

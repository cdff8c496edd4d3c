import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Expectations, MIX, type Traffic } from '../stress/traffic.ts';

/** Invalid requests, and the expected status of each. */
const MISTAKES: { path: string; body: (photo: Buffer) => Buffer; status: number }[] = [
  { path: '/function/rotate-fn?angle=90', body: (photo) => photo.subarray(0, photo.length / 2), status: 422 },
  { path: '/function/clip-fn', body: () => Buffer.from('Dear reader, this is a letter.'), status: 415 },
  { path: '/function/resize-fn?width=0', body: (photo) => photo, status: 400 },
  { path: '/function/transform-fn?chain=rotate:90;fly', body: (photo) => photo, status: 400 },
  { path: '/function/nothing-fn', body: (photo) => photo, status: 404 },
];

/** One in eight is a mistake, one in sixteen a job. */
const OF = 16;

/** Realistic traffic: mostly valid requests of every kind, some jobs, some mistakes. */
export function everyday(expectations: Expectations, root: string): Traffic {
  const photo = readFileSync(path.join(root, 'functions/frontend-fn/page/samples/rocket.jpg'));
  const fine = expectations.mixed(MIX);
  let number = 0;
  return {
    next: () => {
      const turn = number++;
      if (turn % OF === 0) return job(photo, turn);
      if (turn % (OF / 2) !== 3) return fine.next();
      const {
        path: address,
        body,
        status,
      } = MISTAKES[Math.floor(turn / OF) % MISTAKES.length] as (typeof MISTAKES)[number];
      const check = (): undefined => undefined;
      return { sent: { path: address, body: body(photo) }, status, check };
    },
  };
}

function job(photo: Buffer, turn: number): ReturnType<Traffic['next']> {
  return {
    sent: {
      path: '/function/pipeline-fn/jobs?steps=rotate:90;grayscale',
      body: Buffer.concat([photo, Buffer.from(String(turn).padStart(12))]),
    },
    status: 202,
    check: ({ headers }) => (headers.location ? undefined : 'a job without an address'),
  };
}

import { TEXTS } from '../texts.ts';
import { jsonOf, post } from './api.ts';
import type { Picture } from './picture.ts';
import { thumbnail } from './thumbnails.ts';

/** Photos of one request: few enough that a busy function answers in time. */
const AT_ONCE = 16;

interface Embeddings {
  pictures: { image?: number[]; problem?: { detail: string } }[];
}

export interface Embedded {
  /** Of each photo that can be read, as base64 of 32-bit floats. */
  embeddings: Map<Picture, string>;
  /** What is wrong with the others, in words. */
  problems: string[];
}

/** Asks clip-fn for the embeddings of photos. @throws PageError where there is no answer */
export async function embed(pictures: readonly Picture[]): Promise<Embedded> {
  const { signal } = new AbortController();
  const embeddings = new Map<Picture, string>();
  const problems: string[] = [];
  for (let from = 0; from < pictures.length; from += AT_ONCE) {
    const batch = pictures.slice(from, from + AT_ONCE);
    const form = new FormData();
    const small = await Promise.all(batch.map(thumbnail));
    for (const [index, blob] of small.entries()) form.append('images', blob, String(index));
    const { body } = await post('embed', form, { accept: 'application/json', signal });
    const { pictures: answers } = await jsonOf<Embeddings>(body, (value) => Array.isArray(value.pictures));
    for (const [index, { image, problem }] of answers.entries()) {
      const picture = batch[index] as Picture;
      if (problem) problems.push(TEXTS.picture.about(picture.name, problem.detail));
      if (image) embeddings.set(picture, base64(new Uint8Array(new Float32Array(image).buffer)));
    }
  }
  return { embeddings, problems };
}

/** Bytes as base64; a few thousand at a time, for a call has only so many arguments. */
export function base64(bytes: Uint8Array): string {
  let binary = '';
  for (let at = 0; at < bytes.length; at += 8_192) binary += String.fromCharCode(...bytes.subarray(at, at + 8_192));
  return btoa(binary);
}

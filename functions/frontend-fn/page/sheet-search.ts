import type { RankAnswer } from '#contract/clip-answers';
import { jsonOf, post } from './api.ts';
import type { Picture } from './picture.ts';
import { thumbnail } from './thumbnails.ts';

/** Pictures of one request: few enough that a busy function answers in time. */
const AT_ONCE = 16;

/**
 * Looks for words in pictures, with clip-fn's ranking.
 * @returns their places, from 0: the picture that fits the words best first; those that cannot be read have none
 * @throws PageError, Aborted
 */
export async function searchPictures(
  pictures: readonly Picture[],
  text: string,
  signal: AbortSignal,
): Promise<Map<Picture, number>> {
  const found: { picture: Picture; cosine: number }[] = [];
  for (let from = 0; from < pictures.length; from += AT_ONCE) {
    const batch = pictures.slice(from, from + AT_ONCE);
    const { pictures: ranked } = await rank(batch, text, signal);
    for (const { index, cosine } of ranked) {
      const picture = batch[index];
      if (picture && cosine !== undefined) found.push({ picture, cosine });
    }
  }
  // Cosines of one text compare across requests; scores do not.
  found.sort((a, b) => b.cosine - a.cosine);
  return new Map(found.map(({ picture }, place) => [picture, place]));
}

async function rank(pictures: readonly Picture[], text: string, signal: AbortSignal): Promise<RankAnswer> {
  const form = new FormData();
  form.append('text', text);
  const small = await Promise.all(pictures.map(thumbnail));
  // The place of each part is how the answer names it.
  for (const [index, blob] of small.entries()) form.append('images', blob, String(index));
  const { body } = await post('rank', form, { accept: 'application/json', signal });
  return jsonOf<RankAnswer>(body, (value) => Array.isArray(value.pictures));
}

import { encodeRequest, type SentOptions } from '#client/encode-request';
import { Problem } from '#contract/problems';
import type { Picture } from './generated/obscura/v1/Picture.ts';

/** A function's request with the picture of an rpc. @throws Problem `source-missing` */
export function withPicture(picture: Picture | null, options: SentOptions, accept: string) {
  if (picture?.source === 'data') return { ...encodeRequest(options, picture.data), accept };
  if (picture?.source === 'url') return { ...encodeRequest({ ...options, url: picture.url }), accept };
  throw new Problem('source-missing', 'There is no picture: set picture.data to its bytes, or picture.url.');
}

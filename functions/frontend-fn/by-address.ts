import type { Readable } from 'node:stream';
import * as z from 'zod';
import type { FunctionEvent } from '#handler';
import { type Picture, parseRequest } from '#intake';
import type { RouteAnswer } from './answer.ts';

/**
 * `GET /picture?url=…`: the very bytes of a picture somewhere else, fetched behind the address
 * guard, so that the page may show it. What is no picture is refused: nothing else can be read through here.
 */
export async function pictureByAddress(event: FunctionEvent<Readable>): Promise<RouteAnswer> {
  const { bytes, format } = (await parseRequest(event, z.object({}))).picture as Picture;
  return { headers: { 'content-type': `image/${format}`, 'cache-control': 'no-store' }, body: bytes };
}

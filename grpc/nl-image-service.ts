import { encodeRequest } from '#client/encode-request';
import { Problem } from '#contract/problems';
import { extensionOf } from './encoded.ts';
import type { NLCustomImageEndpointRequest } from './generated/NLCustomImageEndpointRequest.ts';
import type { NLCustomImageEndpointResponseInput } from './generated/NLCustomImageEndpointResponse.ts';
import type { NLImage, NLImageInput } from './generated/NLImage.ts';
import type { NLImageRotateRequest } from './generated/NLImageRotateRequest.ts';
import type { NLImageServiceHandlers } from './generated/NLImageService.ts';
import { pngOf, type RawRows, turnRows } from './raw-rows.ts';
import { type Common, unary, type Work } from './rpc.ts';

/** `NLImageService`, the contract of an older service: cat or dog, and quarter turns. */
export function nlImageHandlers(common: Common): NLImageServiceHandlers {
  return {
    RotateImage: unary(rotateImage, common),
    CustomImageEndpoint: unary(catOrDog, common),
  };
}

const TURNS: Record<string, number> = { NONE: 0, NINETY_DEG: 1, ONE_EIGHTY_DEG: 2, TWO_SEVENTY_DEG: 3 };

/** The reply has the request's kind, raw rows or an encoded picture, with its real size. */
const rotateImage: Work<NLImageRotateRequest, NLImageInput> = async (request, call, { room }) => {
  const turns = TURNS[request.rotation];
  if (turns === undefined) {
    const allowed = Object.keys(TURNS);
    throw new Problem('option-invalid', `There is no rotation ${request.rotation}; there are ${allowed.join(', ')}.`, {
      members: { option: 'rotation', allowed },
    });
  }
  const image = imageOf(request.image);
  const rows = rawRows(image);
  // Functions do not support raw rows; a quarter turn only moves bytes.
  if (rows) {
    await room(rows.data.length);
    const { data, width, height } = turnRows(rows, turns);
    return { color: image.color, data, width, height };
  }
  const options = { angle: turns * 90, direction: 'ccw' };
  const { body, headers } = await call('rotate-fn', { ...encodeRequest(options, image.data), accept: 'image/*' });
  const [width, height] = [Number(headers['x-image-width']), Number(headers['x-image-height'])];
  // Without a rotation the picture is unchanged; the function has checked it and reported its size.
  return { color: image.color, data: turns === 0 ? image.data : body, width, height };
};

const catOrDog: Work<NLCustomImageEndpointRequest, NLCustomImageEndpointResponseInput> = async (
  request,
  call,
  { trailer },
) => {
  const image = imageOf(request.image);
  const rows = rawRows(image);
  const answer = await call('clip-fn', {
    ...encodeRequest({ labelset: 'cats-dogs', top: 2 }, rows ? pngOf(rows) : image.data),
    accept: 'application/json',
  });
  const { labels, unknown } = JSON.parse(answer.body.toString('utf8')) as {
    labels: { label: string; score: number }[];
    unknown: boolean;
  };
  // The contract has no value for "neither"; clients can find it here.
  if (unknown) trailer.set('x-unknown', 'true');
  return { score: labels.find(({ label }) => label === 'dog')?.score ?? 0 };
};

function imageOf(image: NLImage | null): NLImage {
  if (image && image.data.length > 0) return image;
  throw new Problem('source-missing', 'There is no picture: set image.data.');
}

/**
 * Raw rows, if that is what came: the bytes are no encoded picture's and are exactly as many as the sides say.
 * Other bytes go to the function, which reports what is wrong with them.
 */
function rawRows({ data, width, height, color }: NLImage): RawRows | undefined {
  if (extensionOf(data) !== undefined || width < 1 || height < 1) return undefined;
  const channels = color ? 3 : 1;
  return data.length === width * height * channels ? { data, width, height, channels } : undefined;
}

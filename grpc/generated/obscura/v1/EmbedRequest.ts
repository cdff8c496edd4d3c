// Original file: grpc/proto/obscura/v1/image.proto

import type { PictureInput as _obscura_v1_PictureInput, Picture as _obscura_v1_Picture } from '../../obscura/v1/Picture.ts';

export interface EmbedRequestInput {
  'picture'?: (_obscura_v1_PictureInput | null);
  'texts'?: (string)[];
  'prompt'?: (string)[];
}

export interface EmbedRequest {
  'picture': (_obscura_v1_Picture | null);
  'texts': (string)[];
  'prompt': (string)[];
}

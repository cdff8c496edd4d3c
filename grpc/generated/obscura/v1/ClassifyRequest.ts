// Original file: grpc/proto/obscura/v1/image.proto

import type { PictureInput as _obscura_v1_PictureInput, Picture as _obscura_v1_Picture } from '../../obscura/v1/Picture.ts';

export interface ClassifyRequestInput {
  'picture'?: (_obscura_v1_PictureInput | null);
  'labels'?: (string)[];
  'labelset'?: (string);
  'prompt'?: (string)[];
  'top'?: (number);
  'minCosine'?: (number | string);
  '_top'?: "top";
  '_minCosine'?: "minCosine";
}

export interface ClassifyRequest {
  'picture': (_obscura_v1_Picture | null);
  'labels': (string)[];
  'labelset': (string);
  'prompt': (string)[];
  'top'?: (number);
  'minCosine'?: (number);
  '_top'?: "top";
  '_minCosine'?: "minCosine";
}

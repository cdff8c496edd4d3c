// Original file: grpc/proto/obscura/v1/image.proto

import type { PictureInput as _obscura_v1_PictureInput, Picture as _obscura_v1_Picture } from '../../obscura/v1/Picture.ts';
import type { ExampleClassInput as _obscura_v1_ExampleClassInput, ExampleClass as _obscura_v1_ExampleClass } from '../../obscura/v1/ExampleClass.ts';

export interface ClassifyRequestInput {
  'picture'?: (_obscura_v1_PictureInput | null);
  'labels'?: (string)[];
  'labelset'?: (string);
  'prompt'?: (string)[];
  'top'?: (number);
  'minCosine'?: (number | string);
  'examples'?: (_obscura_v1_ExampleClassInput)[];
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
  'examples': (_obscura_v1_ExampleClass)[];
  '_top'?: "top";
  '_minCosine'?: "minCosine";
}

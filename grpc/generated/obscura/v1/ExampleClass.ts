// Original file: grpc/proto/obscura/v1/image.proto

import type { PictureInput as _obscura_v1_PictureInput, Picture as _obscura_v1_Picture } from '../../obscura/v1/Picture.ts';
import type { VectorInput as _obscura_v1_VectorInput, Vector as _obscura_v1_Vector } from '../../obscura/v1/Vector.ts';

export interface ExampleClassInput {
  'label'?: (string);
  'pictures'?: (_obscura_v1_PictureInput)[];
  'vectors'?: (_obscura_v1_VectorInput)[];
}

export interface ExampleClass {
  'label': (string);
  'pictures': (_obscura_v1_Picture)[];
  'vectors': (_obscura_v1_Vector)[];
}

// Original file: grpc/proto/obscura/v1/image.proto

import type { PictureInput as _obscura_v1_PictureInput, Picture as _obscura_v1_Picture } from '../../obscura/v1/Picture.ts';

export interface PipelineRequestInput {
  'picture'?: (_obscura_v1_PictureInput | null);
  'steps'?: (string);
}

export interface PipelineRequest {
  'picture': (_obscura_v1_Picture | null);
  'steps': (string);
}

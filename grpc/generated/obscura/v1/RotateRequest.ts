// Original file: grpc/proto/obscura/v1/image.proto

import type { PictureInput as _obscura_v1_PictureInput, Picture as _obscura_v1_Picture } from '../../obscura/v1/Picture.ts';
import type { DirectionInput as _obscura_v1_DirectionInput, Direction as _obscura_v1_Direction } from '../../obscura/v1/Direction.ts';
import type { OutputInput as _obscura_v1_OutputInput, Output as _obscura_v1_Output } from '../../obscura/v1/Output.ts';

export interface RotateRequestInput {
  'picture'?: (_obscura_v1_PictureInput | null);
  'angle'?: (number | string);
  'direction'?: (_obscura_v1_DirectionInput);
  'background'?: (string);
  'output'?: (_obscura_v1_OutputInput | null);
  '_angle'?: "angle";
  '_background'?: "background";
}

export interface RotateRequest {
  'picture': (_obscura_v1_Picture | null);
  'angle'?: (number);
  'direction': (_obscura_v1_Direction);
  'background'?: (string);
  'output': (_obscura_v1_Output | null);
  '_angle'?: "angle";
  '_background'?: "background";
}

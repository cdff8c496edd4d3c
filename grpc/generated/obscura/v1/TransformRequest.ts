// Original file: grpc/proto/obscura/v1/image.proto

import type { PictureInput as _obscura_v1_PictureInput, Picture as _obscura_v1_Picture } from '../../obscura/v1/Picture.ts';
import type { StepInput as _obscura_v1_StepInput, Step as _obscura_v1_Step } from '../../obscura/v1/Step.ts';
import type { OutputInput as _obscura_v1_OutputInput, Output as _obscura_v1_Output } from '../../obscura/v1/Output.ts';

export interface TransformRequestInput {
  'picture'?: (_obscura_v1_PictureInput | null);
  'chain'?: (string);
  'steps'?: (_obscura_v1_StepInput)[];
  'output'?: (_obscura_v1_OutputInput | null);
}

export interface TransformRequest {
  'picture': (_obscura_v1_Picture | null);
  'chain': (string);
  'steps': (_obscura_v1_Step)[];
  'output': (_obscura_v1_Output | null);
}

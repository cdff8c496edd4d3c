// Original file: grpc/proto/obscura/v1/image.proto

import type { LabelInput as _obscura_v1_LabelInput, Label as _obscura_v1_Label } from '../../obscura/v1/Label.ts';
import type { PictureReplyInput as _obscura_v1_PictureReplyInput, PictureReply as _obscura_v1_PictureReply } from '../../obscura/v1/PictureReply.ts';

export interface PipelineDoneInput {
  'model'?: (string);
  'labels'?: (_obscura_v1_LabelInput)[];
  'unknown'?: (boolean);
  'picture'?: (_obscura_v1_PictureReplyInput | null);
  'tookMs'?: (number | string);
  'state'?: (string);
}

export interface PipelineDone {
  'model': (string);
  'labels': (_obscura_v1_Label)[];
  'unknown': (boolean);
  'picture': (_obscura_v1_PictureReply | null);
  'tookMs': (number);
  'state': (string);
}

// Original file: grpc/proto/obscura/v1/image.proto

import type { LabelInput as _obscura_v1_LabelInput, Label as _obscura_v1_Label } from '../../obscura/v1/Label.ts';
import type { TimingInput as _obscura_v1_TimingInput, Timing as _obscura_v1_Timing } from '../../obscura/v1/Timing.ts';

export interface ClassifyReplyInput {
  'model'?: (string);
  'labels'?: (_obscura_v1_LabelInput)[];
  'unknown'?: (boolean);
  'hint'?: (string);
  'timings'?: (_obscura_v1_TimingInput)[];
  'state'?: (string);
}

export interface ClassifyReply {
  'model': (string);
  'labels': (_obscura_v1_Label)[];
  'unknown': (boolean);
  'hint': (string);
  'timings': (_obscura_v1_Timing)[];
  'state': (string);
}

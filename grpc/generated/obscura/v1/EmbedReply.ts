// Original file: grpc/proto/obscura/v1/image.proto

import type { VectorInput as _obscura_v1_VectorInput, Vector as _obscura_v1_Vector } from '../../obscura/v1/Vector.ts';
import type { TimingInput as _obscura_v1_TimingInput, Timing as _obscura_v1_Timing } from '../../obscura/v1/Timing.ts';

export interface EmbedReplyInput {
  'model'?: (string);
  'picture'?: (_obscura_v1_VectorInput | null);
  'texts'?: (_obscura_v1_VectorInput)[];
  'timings'?: (_obscura_v1_TimingInput)[];
  'hint'?: (string);
}

export interface EmbedReply {
  'model': (string);
  'picture': (_obscura_v1_Vector | null);
  'texts': (_obscura_v1_Vector)[];
  'timings': (_obscura_v1_Timing)[];
  'hint': (string);
}

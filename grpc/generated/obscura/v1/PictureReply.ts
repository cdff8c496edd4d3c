// Original file: grpc/proto/obscura/v1/image.proto

import type { TimingInput as _obscura_v1_TimingInput, Timing as _obscura_v1_Timing } from '../../obscura/v1/Timing.ts';

export interface PictureReplyInput {
  'data'?: (Buffer | Uint8Array | string);
  'contentType'?: (string);
  'width'?: (number);
  'height'?: (number);
  'etag'?: (string);
  'timings'?: (_obscura_v1_TimingInput)[];
}

export interface PictureReply {
  'data': (Buffer);
  'contentType': (string);
  'width': (number);
  'height': (number);
  'etag': (string);
  'timings': (_obscura_v1_Timing)[];
}

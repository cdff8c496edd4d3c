// Original file: grpc/proto/obscura/v1/image.proto

import type { FormatInput as _obscura_v1_FormatInput, Format as _obscura_v1_Format } from '../../obscura/v1/Format.ts';

export interface OutputInput {
  'format'?: (_obscura_v1_FormatInput);
  'quality'?: (number);
  'matte'?: (string);
  '_quality'?: "quality";
  '_matte'?: "matte";
}

export interface Output {
  'format': (_obscura_v1_Format);
  'quality'?: (number);
  'matte'?: (string);
  '_quality'?: "quality";
  '_matte'?: "matte";
}

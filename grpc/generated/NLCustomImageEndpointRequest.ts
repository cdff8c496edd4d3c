// Original file: grpc/proto/nl_image_service.proto

import type { NLImageInput as _NLImageInput, NLImage as _NLImage } from './NLImage.ts';

export interface NLCustomImageEndpointRequestInput {
  'image'?: (_NLImageInput | null);
}

export interface NLCustomImageEndpointRequest {
  'image': (_NLImage | null);
}

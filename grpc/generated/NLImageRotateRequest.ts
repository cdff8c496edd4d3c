// Original file: grpc/proto/nl_image_service.proto

import type { NLImageInput as _NLImageInput, NLImage as _NLImage } from './NLImage.ts';

// Original file: grpc/proto/nl_image_service.proto

export const _NLImageRotateRequest_Rotation = {
  NONE: 'NONE',
  NINETY_DEG: 'NINETY_DEG',
  ONE_EIGHTY_DEG: 'ONE_EIGHTY_DEG',
  TWO_SEVENTY_DEG: 'TWO_SEVENTY_DEG',
} as const;

export type _NLImageRotateRequest_RotationInput =
  | 'NONE'
  | 0
  | 'NINETY_DEG'
  | 1
  | 'ONE_EIGHTY_DEG'
  | 2
  | 'TWO_SEVENTY_DEG'
  | 3

export type _NLImageRotateRequest_Rotation = typeof _NLImageRotateRequest_Rotation[keyof typeof _NLImageRotateRequest_Rotation]

export interface NLImageRotateRequestInput {
  'rotation'?: (_NLImageRotateRequest_RotationInput);
  'image'?: (_NLImageInput | null);
}

export interface NLImageRotateRequest {
  'rotation': (_NLImageRotateRequest_Rotation);
  'image': (_NLImage | null);
}

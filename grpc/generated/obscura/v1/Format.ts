// Original file: grpc/proto/obscura/v1/image.proto

export const Format = {
  FORMAT_UNSPECIFIED: 'FORMAT_UNSPECIFIED',
  FORMAT_JPEG: 'FORMAT_JPEG',
  FORMAT_PNG: 'FORMAT_PNG',
  FORMAT_WEBP: 'FORMAT_WEBP',
  FORMAT_AVIF: 'FORMAT_AVIF',
} as const;

export type FormatInput =
  | 'FORMAT_UNSPECIFIED'
  | 0
  | 'FORMAT_JPEG'
  | 1
  | 'FORMAT_PNG'
  | 2
  | 'FORMAT_WEBP'
  | 3
  | 'FORMAT_AVIF'
  | 4

export type Format = typeof Format[keyof typeof Format]

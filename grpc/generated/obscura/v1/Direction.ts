// Original file: grpc/proto/obscura/v1/image.proto

export const Direction = {
  DIRECTION_UNSPECIFIED: 'DIRECTION_UNSPECIFIED',
  DIRECTION_CW: 'DIRECTION_CW',
  DIRECTION_CCW: 'DIRECTION_CCW',
} as const;

export type DirectionInput =
  | 'DIRECTION_UNSPECIFIED'
  | 0
  | 'DIRECTION_CW'
  | 1
  | 'DIRECTION_CCW'
  | 2

export type Direction = typeof Direction[keyof typeof Direction]

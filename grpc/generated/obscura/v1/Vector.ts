// Original file: grpc/proto/obscura/v1/image.proto


export interface VectorInput {
  'values'?: (number | string)[];
}

export interface Vector {
  'values': (number)[];
}

// Original file: grpc/proto/obscura/v1/image.proto


export interface TimingInput {
  'stage'?: (string);
  'ms'?: (number | string);
}

export interface Timing {
  'stage': (string);
  'ms': (number);
}

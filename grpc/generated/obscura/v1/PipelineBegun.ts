// Original file: grpc/proto/obscura/v1/image.proto


export interface PipelineBegunInput {
  'steps'?: (string)[];
}

export interface PipelineBegun {
  'steps': (string)[];
}

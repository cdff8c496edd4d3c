// Original file: grpc/proto/obscura/v1/image.proto

import type { Long } from '@grpc/proto-loader';

export interface PipelineStepInput {
  'name'?: (string);
  'function'?: (string);
  'startMs'?: (number | string);
  'queueMs'?: (number | string);
  'callMs'?: (number | string);
  'workMs'?: (number | string);
  'tries'?: (number);
  'bytes'?: (number | string | Long);
  'width'?: (number);
  'height'?: (number);
  'errorCode'?: (string);
  'errorDetail'?: (string);
}

export interface PipelineStep {
  'name': (string);
  'function': (string);
  'startMs': (number);
  'queueMs': (number);
  'callMs': (number);
  'workMs': (number);
  'tries': (number);
  'bytes': (number);
  'width': (number);
  'height': (number);
  'errorCode': (string);
  'errorDetail': (string);
}

// Original file: grpc/proto/obscura/v1/image.proto

import type { PipelineBegunInput as _obscura_v1_PipelineBegunInput, PipelineBegun as _obscura_v1_PipelineBegun } from '../../obscura/v1/PipelineBegun.ts';
import type { PipelineStepInput as _obscura_v1_PipelineStepInput, PipelineStep as _obscura_v1_PipelineStep } from '../../obscura/v1/PipelineStep.ts';
import type { PipelineDoneInput as _obscura_v1_PipelineDoneInput, PipelineDone as _obscura_v1_PipelineDone } from '../../obscura/v1/PipelineDone.ts';

export interface PipelineEventInput {
  'begun'?: (_obscura_v1_PipelineBegunInput | null);
  'step'?: (_obscura_v1_PipelineStepInput | null);
  'done'?: (_obscura_v1_PipelineDoneInput | null);
  'event'?: "begun"|"step"|"done";
}

export interface PipelineEvent {
  'begun'?: (_obscura_v1_PipelineBegun | null);
  'step'?: (_obscura_v1_PipelineStep | null);
  'done'?: (_obscura_v1_PipelineDone | null);
  'event'?: "begun"|"step"|"done";
}

import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { ClassifyReplyInput as _obscura_v1_ClassifyReplyInput, ClassifyReply as _obscura_v1_ClassifyReply } from './obscura/v1/ClassifyReply.ts';
import type { ClassifyRequestInput as _obscura_v1_ClassifyRequestInput, ClassifyRequest as _obscura_v1_ClassifyRequest } from './obscura/v1/ClassifyRequest.ts';
import type { EmbedReplyInput as _obscura_v1_EmbedReplyInput, EmbedReply as _obscura_v1_EmbedReply } from './obscura/v1/EmbedReply.ts';
import type { EmbedRequestInput as _obscura_v1_EmbedRequestInput, EmbedRequest as _obscura_v1_EmbedRequest } from './obscura/v1/EmbedRequest.ts';
import type { ExampleClassInput as _obscura_v1_ExampleClassInput, ExampleClass as _obscura_v1_ExampleClass } from './obscura/v1/ExampleClass.ts';
import type { ImageServiceClient as _obscura_v1_ImageServiceClient, ImageServiceDefinition as _obscura_v1_ImageServiceDefinition } from './obscura/v1/ImageService.ts';
import type { LabelInput as _obscura_v1_LabelInput, Label as _obscura_v1_Label } from './obscura/v1/Label.ts';
import type { OptionInput as _obscura_v1_OptionInput, Option as _obscura_v1_Option } from './obscura/v1/Option.ts';
import type { OutputInput as _obscura_v1_OutputInput, Output as _obscura_v1_Output } from './obscura/v1/Output.ts';
import type { PictureInput as _obscura_v1_PictureInput, Picture as _obscura_v1_Picture } from './obscura/v1/Picture.ts';
import type { PictureReplyInput as _obscura_v1_PictureReplyInput, PictureReply as _obscura_v1_PictureReply } from './obscura/v1/PictureReply.ts';
import type { PipelineBegunInput as _obscura_v1_PipelineBegunInput, PipelineBegun as _obscura_v1_PipelineBegun } from './obscura/v1/PipelineBegun.ts';
import type { PipelineDoneInput as _obscura_v1_PipelineDoneInput, PipelineDone as _obscura_v1_PipelineDone } from './obscura/v1/PipelineDone.ts';
import type { PipelineEventInput as _obscura_v1_PipelineEventInput, PipelineEvent as _obscura_v1_PipelineEvent } from './obscura/v1/PipelineEvent.ts';
import type { PipelineRequestInput as _obscura_v1_PipelineRequestInput, PipelineRequest as _obscura_v1_PipelineRequest } from './obscura/v1/PipelineRequest.ts';
import type { PipelineStepInput as _obscura_v1_PipelineStepInput, PipelineStep as _obscura_v1_PipelineStep } from './obscura/v1/PipelineStep.ts';
import type { RotateRequestInput as _obscura_v1_RotateRequestInput, RotateRequest as _obscura_v1_RotateRequest } from './obscura/v1/RotateRequest.ts';
import type { StepInput as _obscura_v1_StepInput, Step as _obscura_v1_Step } from './obscura/v1/Step.ts';
import type { TimingInput as _obscura_v1_TimingInput, Timing as _obscura_v1_Timing } from './obscura/v1/Timing.ts';
import type { TransformRequestInput as _obscura_v1_TransformRequestInput, TransformRequest as _obscura_v1_TransformRequest } from './obscura/v1/TransformRequest.ts';
import type { VectorInput as _obscura_v1_VectorInput, Vector as _obscura_v1_Vector } from './obscura/v1/Vector.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  obscura: {
    v1: {
      ClassifyReply: MessageTypeDefinition<_obscura_v1_ClassifyReplyInput, _obscura_v1_ClassifyReply>
      ClassifyRequest: MessageTypeDefinition<_obscura_v1_ClassifyRequestInput, _obscura_v1_ClassifyRequest>
      Direction: EnumTypeDefinition
      EmbedReply: MessageTypeDefinition<_obscura_v1_EmbedReplyInput, _obscura_v1_EmbedReply>
      EmbedRequest: MessageTypeDefinition<_obscura_v1_EmbedRequestInput, _obscura_v1_EmbedRequest>
      ExampleClass: MessageTypeDefinition<_obscura_v1_ExampleClassInput, _obscura_v1_ExampleClass>
      Format: EnumTypeDefinition
      ImageService: SubtypeConstructor<typeof grpc.Client, _obscura_v1_ImageServiceClient> & { service: _obscura_v1_ImageServiceDefinition }
      Label: MessageTypeDefinition<_obscura_v1_LabelInput, _obscura_v1_Label>
      Option: MessageTypeDefinition<_obscura_v1_OptionInput, _obscura_v1_Option>
      Output: MessageTypeDefinition<_obscura_v1_OutputInput, _obscura_v1_Output>
      Picture: MessageTypeDefinition<_obscura_v1_PictureInput, _obscura_v1_Picture>
      PictureReply: MessageTypeDefinition<_obscura_v1_PictureReplyInput, _obscura_v1_PictureReply>
      PipelineBegun: MessageTypeDefinition<_obscura_v1_PipelineBegunInput, _obscura_v1_PipelineBegun>
      PipelineDone: MessageTypeDefinition<_obscura_v1_PipelineDoneInput, _obscura_v1_PipelineDone>
      PipelineEvent: MessageTypeDefinition<_obscura_v1_PipelineEventInput, _obscura_v1_PipelineEvent>
      PipelineRequest: MessageTypeDefinition<_obscura_v1_PipelineRequestInput, _obscura_v1_PipelineRequest>
      PipelineStep: MessageTypeDefinition<_obscura_v1_PipelineStepInput, _obscura_v1_PipelineStep>
      RotateRequest: MessageTypeDefinition<_obscura_v1_RotateRequestInput, _obscura_v1_RotateRequest>
      Step: MessageTypeDefinition<_obscura_v1_StepInput, _obscura_v1_Step>
      Timing: MessageTypeDefinition<_obscura_v1_TimingInput, _obscura_v1_Timing>
      TransformRequest: MessageTypeDefinition<_obscura_v1_TransformRequestInput, _obscura_v1_TransformRequest>
      Vector: MessageTypeDefinition<_obscura_v1_VectorInput, _obscura_v1_Vector>
    }
  }
}


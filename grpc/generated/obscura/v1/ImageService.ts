// Original file: grpc/proto/obscura/v1/image.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { ClassifyReplyInput as _obscura_v1_ClassifyReplyInput, ClassifyReply as _obscura_v1_ClassifyReply } from '../../obscura/v1/ClassifyReply.ts';
import type { ClassifyRequestInput as _obscura_v1_ClassifyRequestInput, ClassifyRequest as _obscura_v1_ClassifyRequest } from '../../obscura/v1/ClassifyRequest.ts';
import type { EmbedReplyInput as _obscura_v1_EmbedReplyInput, EmbedReply as _obscura_v1_EmbedReply } from '../../obscura/v1/EmbedReply.ts';
import type { EmbedRequestInput as _obscura_v1_EmbedRequestInput, EmbedRequest as _obscura_v1_EmbedRequest } from '../../obscura/v1/EmbedRequest.ts';
import type { PictureReplyInput as _obscura_v1_PictureReplyInput, PictureReply as _obscura_v1_PictureReply } from '../../obscura/v1/PictureReply.ts';
import type { PipelineEventInput as _obscura_v1_PipelineEventInput, PipelineEvent as _obscura_v1_PipelineEvent } from '../../obscura/v1/PipelineEvent.ts';
import type { PipelineRequestInput as _obscura_v1_PipelineRequestInput, PipelineRequest as _obscura_v1_PipelineRequest } from '../../obscura/v1/PipelineRequest.ts';
import type { RotateRequestInput as _obscura_v1_RotateRequestInput, RotateRequest as _obscura_v1_RotateRequest } from '../../obscura/v1/RotateRequest.ts';
import type { TransformRequestInput as _obscura_v1_TransformRequestInput, TransformRequest as _obscura_v1_TransformRequest } from '../../obscura/v1/TransformRequest.ts';

export interface ImageServiceClient extends grpc.Client {
  Classify(argument: _obscura_v1_ClassifyRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_obscura_v1_ClassifyReply>): grpc.ClientUnaryCall;
  Classify(argument: _obscura_v1_ClassifyRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_obscura_v1_ClassifyReply>): grpc.ClientUnaryCall;
  Classify(argument: _obscura_v1_ClassifyRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_obscura_v1_ClassifyReply>): grpc.ClientUnaryCall;
  Classify(argument: _obscura_v1_ClassifyRequestInput, callback: grpc.requestCallback<_obscura_v1_ClassifyReply>): grpc.ClientUnaryCall;
  classify(argument: _obscura_v1_ClassifyRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_obscura_v1_ClassifyReply>): grpc.ClientUnaryCall;
  classify(argument: _obscura_v1_ClassifyRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_obscura_v1_ClassifyReply>): grpc.ClientUnaryCall;
  classify(argument: _obscura_v1_ClassifyRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_obscura_v1_ClassifyReply>): grpc.ClientUnaryCall;
  classify(argument: _obscura_v1_ClassifyRequestInput, callback: grpc.requestCallback<_obscura_v1_ClassifyReply>): grpc.ClientUnaryCall;
  
  Embed(argument: _obscura_v1_EmbedRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_obscura_v1_EmbedReply>): grpc.ClientUnaryCall;
  Embed(argument: _obscura_v1_EmbedRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_obscura_v1_EmbedReply>): grpc.ClientUnaryCall;
  Embed(argument: _obscura_v1_EmbedRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_obscura_v1_EmbedReply>): grpc.ClientUnaryCall;
  Embed(argument: _obscura_v1_EmbedRequestInput, callback: grpc.requestCallback<_obscura_v1_EmbedReply>): grpc.ClientUnaryCall;
  embed(argument: _obscura_v1_EmbedRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_obscura_v1_EmbedReply>): grpc.ClientUnaryCall;
  embed(argument: _obscura_v1_EmbedRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_obscura_v1_EmbedReply>): grpc.ClientUnaryCall;
  embed(argument: _obscura_v1_EmbedRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_obscura_v1_EmbedReply>): grpc.ClientUnaryCall;
  embed(argument: _obscura_v1_EmbedRequestInput, callback: grpc.requestCallback<_obscura_v1_EmbedReply>): grpc.ClientUnaryCall;
  
  Rotate(argument: _obscura_v1_RotateRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_obscura_v1_PictureReply>): grpc.ClientUnaryCall;
  Rotate(argument: _obscura_v1_RotateRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_obscura_v1_PictureReply>): grpc.ClientUnaryCall;
  Rotate(argument: _obscura_v1_RotateRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_obscura_v1_PictureReply>): grpc.ClientUnaryCall;
  Rotate(argument: _obscura_v1_RotateRequestInput, callback: grpc.requestCallback<_obscura_v1_PictureReply>): grpc.ClientUnaryCall;
  rotate(argument: _obscura_v1_RotateRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_obscura_v1_PictureReply>): grpc.ClientUnaryCall;
  rotate(argument: _obscura_v1_RotateRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_obscura_v1_PictureReply>): grpc.ClientUnaryCall;
  rotate(argument: _obscura_v1_RotateRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_obscura_v1_PictureReply>): grpc.ClientUnaryCall;
  rotate(argument: _obscura_v1_RotateRequestInput, callback: grpc.requestCallback<_obscura_v1_PictureReply>): grpc.ClientUnaryCall;
  
  RunPipeline(argument: _obscura_v1_PipelineRequestInput, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_obscura_v1_PipelineEvent>;
  RunPipeline(argument: _obscura_v1_PipelineRequestInput, options?: grpc.CallOptions): grpc.ClientReadableStream<_obscura_v1_PipelineEvent>;
  runPipeline(argument: _obscura_v1_PipelineRequestInput, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_obscura_v1_PipelineEvent>;
  runPipeline(argument: _obscura_v1_PipelineRequestInput, options?: grpc.CallOptions): grpc.ClientReadableStream<_obscura_v1_PipelineEvent>;
  
  Transform(argument: _obscura_v1_TransformRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_obscura_v1_PictureReply>): grpc.ClientUnaryCall;
  Transform(argument: _obscura_v1_TransformRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_obscura_v1_PictureReply>): grpc.ClientUnaryCall;
  Transform(argument: _obscura_v1_TransformRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_obscura_v1_PictureReply>): grpc.ClientUnaryCall;
  Transform(argument: _obscura_v1_TransformRequestInput, callback: grpc.requestCallback<_obscura_v1_PictureReply>): grpc.ClientUnaryCall;
  transform(argument: _obscura_v1_TransformRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_obscura_v1_PictureReply>): grpc.ClientUnaryCall;
  transform(argument: _obscura_v1_TransformRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_obscura_v1_PictureReply>): grpc.ClientUnaryCall;
  transform(argument: _obscura_v1_TransformRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_obscura_v1_PictureReply>): grpc.ClientUnaryCall;
  transform(argument: _obscura_v1_TransformRequestInput, callback: grpc.requestCallback<_obscura_v1_PictureReply>): grpc.ClientUnaryCall;
  
}

export interface ImageServiceHandlers extends grpc.UntypedServiceImplementation {
  Classify: grpc.handleUnaryCall<_obscura_v1_ClassifyRequest, _obscura_v1_ClassifyReplyInput>;
  
  Embed: grpc.handleUnaryCall<_obscura_v1_EmbedRequest, _obscura_v1_EmbedReplyInput>;
  
  Rotate: grpc.handleUnaryCall<_obscura_v1_RotateRequest, _obscura_v1_PictureReplyInput>;
  
  RunPipeline: grpc.handleServerStreamingCall<_obscura_v1_PipelineRequest, _obscura_v1_PipelineEventInput>;
  
  Transform: grpc.handleUnaryCall<_obscura_v1_TransformRequest, _obscura_v1_PictureReplyInput>;
  
}

export interface ImageServiceDefinition extends grpc.ServiceDefinition {
  Classify: MethodDefinition<_obscura_v1_ClassifyRequestInput, _obscura_v1_ClassifyReplyInput, _obscura_v1_ClassifyRequest, _obscura_v1_ClassifyReply>
  Embed: MethodDefinition<_obscura_v1_EmbedRequestInput, _obscura_v1_EmbedReplyInput, _obscura_v1_EmbedRequest, _obscura_v1_EmbedReply>
  Rotate: MethodDefinition<_obscura_v1_RotateRequestInput, _obscura_v1_PictureReplyInput, _obscura_v1_RotateRequest, _obscura_v1_PictureReply>
  RunPipeline: MethodDefinition<_obscura_v1_PipelineRequestInput, _obscura_v1_PipelineEventInput, _obscura_v1_PipelineRequest, _obscura_v1_PipelineEvent>
  Transform: MethodDefinition<_obscura_v1_TransformRequestInput, _obscura_v1_PictureReplyInput, _obscura_v1_TransformRequest, _obscura_v1_PictureReply>
}

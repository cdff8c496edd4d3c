// Original file: grpc/proto/nl_image_service.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { NLCustomImageEndpointRequestInput as _NLCustomImageEndpointRequestInput, NLCustomImageEndpointRequest as _NLCustomImageEndpointRequest } from './NLCustomImageEndpointRequest.ts';
import type { NLCustomImageEndpointResponseInput as _NLCustomImageEndpointResponseInput, NLCustomImageEndpointResponse as _NLCustomImageEndpointResponse } from './NLCustomImageEndpointResponse.ts';
import type { NLImageInput as _NLImageInput, NLImage as _NLImage } from './NLImage.ts';
import type { NLImageRotateRequestInput as _NLImageRotateRequestInput, NLImageRotateRequest as _NLImageRotateRequest } from './NLImageRotateRequest.ts';

export interface NLImageServiceClient extends grpc.Client {
  CustomImageEndpoint(argument: _NLCustomImageEndpointRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_NLCustomImageEndpointResponse>): grpc.ClientUnaryCall;
  CustomImageEndpoint(argument: _NLCustomImageEndpointRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_NLCustomImageEndpointResponse>): grpc.ClientUnaryCall;
  CustomImageEndpoint(argument: _NLCustomImageEndpointRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_NLCustomImageEndpointResponse>): grpc.ClientUnaryCall;
  CustomImageEndpoint(argument: _NLCustomImageEndpointRequestInput, callback: grpc.requestCallback<_NLCustomImageEndpointResponse>): grpc.ClientUnaryCall;
  customImageEndpoint(argument: _NLCustomImageEndpointRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_NLCustomImageEndpointResponse>): grpc.ClientUnaryCall;
  customImageEndpoint(argument: _NLCustomImageEndpointRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_NLCustomImageEndpointResponse>): grpc.ClientUnaryCall;
  customImageEndpoint(argument: _NLCustomImageEndpointRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_NLCustomImageEndpointResponse>): grpc.ClientUnaryCall;
  customImageEndpoint(argument: _NLCustomImageEndpointRequestInput, callback: grpc.requestCallback<_NLCustomImageEndpointResponse>): grpc.ClientUnaryCall;
  
  RotateImage(argument: _NLImageRotateRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_NLImage>): grpc.ClientUnaryCall;
  RotateImage(argument: _NLImageRotateRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_NLImage>): grpc.ClientUnaryCall;
  RotateImage(argument: _NLImageRotateRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_NLImage>): grpc.ClientUnaryCall;
  RotateImage(argument: _NLImageRotateRequestInput, callback: grpc.requestCallback<_NLImage>): grpc.ClientUnaryCall;
  rotateImage(argument: _NLImageRotateRequestInput, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_NLImage>): grpc.ClientUnaryCall;
  rotateImage(argument: _NLImageRotateRequestInput, metadata: grpc.Metadata, callback: grpc.requestCallback<_NLImage>): grpc.ClientUnaryCall;
  rotateImage(argument: _NLImageRotateRequestInput, options: grpc.CallOptions, callback: grpc.requestCallback<_NLImage>): grpc.ClientUnaryCall;
  rotateImage(argument: _NLImageRotateRequestInput, callback: grpc.requestCallback<_NLImage>): grpc.ClientUnaryCall;
  
}

export interface NLImageServiceHandlers extends grpc.UntypedServiceImplementation {
  CustomImageEndpoint: grpc.handleUnaryCall<_NLCustomImageEndpointRequest, _NLCustomImageEndpointResponseInput>;
  
  RotateImage: grpc.handleUnaryCall<_NLImageRotateRequest, _NLImageInput>;
  
}

export interface NLImageServiceDefinition extends grpc.ServiceDefinition {
  CustomImageEndpoint: MethodDefinition<_NLCustomImageEndpointRequestInput, _NLCustomImageEndpointResponseInput, _NLCustomImageEndpointRequest, _NLCustomImageEndpointResponse>
  RotateImage: MethodDefinition<_NLImageRotateRequestInput, _NLImageInput, _NLImageRotateRequest, _NLImage>
}

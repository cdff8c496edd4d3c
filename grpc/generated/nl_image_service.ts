import type * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';

import type { NLCustomImageEndpointRequestInput as _NLCustomImageEndpointRequestInput, NLCustomImageEndpointRequest as _NLCustomImageEndpointRequest } from './NLCustomImageEndpointRequest.ts';
import type { NLCustomImageEndpointResponseInput as _NLCustomImageEndpointResponseInput, NLCustomImageEndpointResponse as _NLCustomImageEndpointResponse } from './NLCustomImageEndpointResponse.ts';
import type { NLImageInput as _NLImageInput, NLImage as _NLImage } from './NLImage.ts';
import type { NLImageRotateRequestInput as _NLImageRotateRequestInput, NLImageRotateRequest as _NLImageRotateRequest } from './NLImageRotateRequest.ts';
import type { NLImageServiceClient as _NLImageServiceClient, NLImageServiceDefinition as _NLImageServiceDefinition } from './NLImageService.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  NLCustomImageEndpointRequest: MessageTypeDefinition<_NLCustomImageEndpointRequestInput, _NLCustomImageEndpointRequest>
  NLCustomImageEndpointResponse: MessageTypeDefinition<_NLCustomImageEndpointResponseInput, _NLCustomImageEndpointResponse>
  NLImage: MessageTypeDefinition<_NLImageInput, _NLImage>
  NLImageRotateRequest: MessageTypeDefinition<_NLImageRotateRequestInput, _NLImageRotateRequest>
  NLImageService: SubtypeConstructor<typeof grpc.Client, _NLImageServiceClient> & { service: _NLImageServiceDefinition }
}


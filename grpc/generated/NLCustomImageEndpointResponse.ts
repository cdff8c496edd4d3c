// Original file: grpc/proto/nl_image_service.proto


export interface NLCustomImageEndpointResponseInput {
  'score'?: (number | string);
}

export interface NLCustomImageEndpointResponse {
  'score': (number);
}

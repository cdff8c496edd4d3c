// Original file: grpc/proto/nl_image_service.proto


export interface NLImageInput {
  'color'?: (boolean);
  'data'?: (Buffer | Uint8Array | string);
  'width'?: (number);
  'height'?: (number);
}

export interface NLImage {
  'color': (boolean);
  'data': (Buffer);
  'width': (number);
  'height': (number);
}

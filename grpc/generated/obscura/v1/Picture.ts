// Original file: grpc/proto/obscura/v1/image.proto


export interface PictureInput {
  'data'?: (Buffer | Uint8Array | string);
  'url'?: (string);
  'source'?: "data"|"url";
}

export interface Picture {
  'data'?: (Buffer);
  'url'?: (string);
  'source'?: "data"|"url";
}

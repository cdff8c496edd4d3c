// Original file: grpc/proto/obscura/v1/image.proto


export interface OptionInput {
  'name'?: (string);
  'value'?: (string);
}

export interface Option {
  'name': (string);
  'value': (string);
}

// Original file: grpc/proto/obscura/v1/image.proto


export interface LabelInput {
  'label'?: (string);
  'score'?: (number | string);
  'cosine'?: (number | string);
  'unfamiliar'?: (boolean);
  'truncated'?: (boolean);
}

export interface Label {
  'label': (string);
  'score': (number);
  'cosine': (number);
  'unfamiliar': (boolean);
  'truncated': (boolean);
}

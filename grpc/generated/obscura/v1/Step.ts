// Original file: grpc/proto/obscura/v1/image.proto

import type { OptionInput as _obscura_v1_OptionInput, Option as _obscura_v1_Option } from '../../obscura/v1/Option.ts';

export interface StepInput {
  'operation'?: (string);
  'options'?: (_obscura_v1_OptionInput)[];
}

export interface Step {
  'operation': (string);
  'options': (_obscura_v1_Option)[];
}
